-- One row per built score date and entity that, in the window, was active or used a key feature
-- (is_present), and on as_of one for every entity: how many of the features available to it
-- (launched, and in its plan) it used.

with

activity as (
    select * from {{ ref('int_window_activity') }}
),

feature_windows as (
    select * from {{ ref('int_feature_windows') }}
),

first_uses as (
    select * from {{ ref('int_first_uses') }}
),

plan_features as (
    select * from {{ ref('int_plan_features') }}
),

entity_periods as (
    select * from {{ ref('int_entity_periods') }}
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
),

present as (
    select
        score_date,
        entity_type,
        entity_id
    from activity
    union
    select
        score_date,
        entity_type,
        entity_id
    from feature_windows
),

everyone as (
    select distinct
        bounds.as_of as score_date,
        entity_periods.entity_type,
        entity_periods.entity_id
    from entity_periods
    inner join bounds
        on
            entity_periods.valid_from <= bounds.as_of
            and entity_periods.valid_until > bounds.as_of
),

counted_entities as (
    select
        coalesce(present.score_date, everyone.score_date) as score_date,
        coalesce(present.entity_type, everyone.entity_type) as entity_type,
        coalesce(present.entity_id, everyone.entity_id) as entity_id,
        present.entity_id is not null as is_present
    from present
    full outer join everyone
        on
            present.score_date = everyone.score_date
            and present.entity_type = everyone.entity_type
            and present.entity_id = everyone.entity_id
),

planned as (
    select
        counted_entities.score_date,
        counted_entities.entity_type,
        counted_entities.entity_id,
        counted_entities.is_present,
        coalesce(entity_periods.plan, '') as plan
    from counted_entities
    left join entity_periods
        on
            counted_entities.entity_type = entity_periods.entity_type
            and counted_entities.entity_id = entity_periods.entity_id
            and counted_entities.score_date >= entity_periods.valid_from
            and counted_entities.score_date < entity_periods.valid_until
),

available as (
    select
        score_date,
        plan,
        count(*) as features_available
    from plan_features
    group by score_date, plan
),

used as (
    select
        planned.score_date,
        planned.entity_type,
        planned.entity_id,
        count(feature_windows.feature) as features_used,
        count(*) as features_used_all_time
    from planned
    inner join first_uses
        on
            planned.entity_type = first_uses.entity_type
            and planned.entity_id = first_uses.entity_id
            and planned.score_date >= first_uses.first_used_on
    inner join plan_features
        on
            planned.score_date = plan_features.score_date
            and planned.plan = plan_features.plan
            and first_uses.feature = plan_features.feature
    left join feature_windows
        on
            planned.score_date = feature_windows.score_date
            and planned.entity_type = feature_windows.entity_type
            and planned.entity_id = feature_windows.entity_id
            and first_uses.feature = feature_windows.feature
    group by planned.score_date, planned.entity_type, planned.entity_id
),

counted as (
    select
        planned.score_date,
        planned.entity_type,
        planned.entity_id,
        planned.plan,
        planned.is_present,
        coalesce(available.features_available, 0) as features_available,
        coalesce(used.features_used, 0) as features_used,
        coalesce(used.features_used_all_time, 0) as features_used_all_time
    from planned
    left join available
        on
            planned.score_date = available.score_date
            and planned.plan = available.plan
    left join used
        on
            planned.score_date = used.score_date
            and planned.entity_type = used.entity_type
            and planned.entity_id = used.entity_id
),

final as (
    select
        score_date,
        entity_type,
        entity_id,
        plan,
        is_present,
        features_available,
        features_used,
        {{ rate('features_used', 'features_available') }} as adoption_rate,
        features_used_all_time,
        {{ rate('features_used_all_time', 'features_available') }} as adoption_rate_all_time
    from counted
)

select * from final
