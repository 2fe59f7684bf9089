-- One row per entity and milestone of its type: its limits, and the last day on which something
-- counts towards it (null: any day).

with

milestones as (
    select
        milestone,
        entity_type,
        position,
        {{ joined_text('event_name', in_byte_order('event_name')) }} as event_name,
        min_count,
        min_days,
        within_days,
        any_days
    from {{ ref('activation_milestones') }}
    group by milestone, entity_type, position, min_count, min_days, within_days, any_days
),

entities as (
    select * from {{ ref('int_entities') }}
),

final as (
    select
        entities.entity_type,
        entities.entity_id,
        entities.signup_on,
        milestones.milestone,
        milestones.position,
        milestones.event_name,
        milestones.min_count,
        milestones.min_days,
        milestones.within_days,
        milestones.any_days,
        case
            when milestones.within_days is not null
                then coalesce(
                    {{ add_days('entities.signup_on', 'milestones.within_days') }}, cast('0001-01-01' as date)
                )
        end as counts_until
    from entities
    inner join milestones on entities.entity_type = milestones.entity_type
)

select * from final
