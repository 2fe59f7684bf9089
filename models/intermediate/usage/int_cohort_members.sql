-- One row per entity and way to form cohorts, by its first activity and by its signup: the month of it, in
-- which the entity's months start to count. Who was there before the first month with an active day belongs
-- to the cohort `before`, whose months count from that one: who signed up earlier, or is first known in that
-- month without a signup in it.

with

first_activity as (
    select * from {{ ref('int_first_activity') }}
),

entities as (
    select * from {{ ref('int_entities') }}
),

loaded as (
    select {{ period_start('month', 'min(first_active_on)') }} as first_month
    from first_activity
),

dated as (
    select
        'first_activity' as cohort_by,
        first_activity.entity_type,
        first_activity.entity_id,
        {{ period_start('month', 'first_activity.first_active_on') }} as month,
        entities.created_on
    from first_activity
    left join entities
        on
            first_activity.entity_type = entities.entity_type
            and first_activity.entity_id = entities.entity_id
    union all
    select
        'signup' as cohort_by,
        entity_type,
        entity_id,
        {{ period_start('month', 'signup_on') }} as month,
        created_on
    from entities
),

placed as (
    select
        dated.cohort_by,
        dated.entity_type,
        dated.entity_id,
        loaded.first_month,
        case
            when dated.month > loaded.first_month then dated.month
            when {{ period_start('month', 'dated.created_on') }} = loaded.first_month then loaded.first_month
        end as cohort_month
    from dated
    cross join loaded
),

final as (
    select
        cohort_by,
        entity_type,
        entity_id,
        coalesce(substr({{ date_text('cohort_month') }}, 1, 7), 'before') as cohort,
        cohort_month,
        coalesce(cohort_month, first_month) as start_month
    from placed
)

select * from final
