-- One row per milestone, way to count (since signup, or since the milestone before) and number of days
-- (empty: not known, not reached, or reached earlier): how many entities. Read by engagement dashboard.

with

steps as (
    select
        entity_type,
        position,
        milestone,
        is_reached,
        days_to_reach,
        days_to_reach - lag(days_to_reach) over (
            partition by entity_type, entity_id order by position, {{ in_byte_order('milestone') }}
        ) as days_between
    from {{ ref('activation_steps') }}
),

counted as (
    select
        'signup' as since,
        entity_type,
        position,
        milestone,
        is_reached,
        days_to_reach as days
    from steps

    union all

    select
        'step' as since,
        entity_type,
        position,
        milestone,
        is_reached,
        case when days_between >= 0 then days_between end as days
    from steps
)

select
    since,
    entity_type,
    position,
    milestone,
    is_reached,
    days,
    count(*) as entities
from counted
group by since, entity_type, position, milestone, is_reached, days
order by entity_type, position, {{ in_byte_order('milestone') }}, since, is_reached, days
