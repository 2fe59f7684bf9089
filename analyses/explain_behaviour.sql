-- One row per part of an entity's behaviour on the latest score date (of each entity of the type, if none is
-- named), the largest first: an event; of an account, also the users who fell silent and those who are new.
-- Each part is its points times the slope of the score. Read by engagement explain and dashboard.

with

drivers as (
    select
        entity_id,
        cast(behaviour_change as {{ type_double() }}) / cast(points_change as {{ type_double() }}) as slope,
        row_number() over (
            partition by entity_id
            order by abs(points_change) desc, {{ in_byte_order('event_name') }}
        ) as position
    from {{ ref('score_change_drivers') }}
    where
        entity_type = '{{ var('entity_type', 'account') }}'
        and '{{ var('entity_id', 'a') }}' in ('', entity_id)
        and points_change <> 0
),

contributions as (
    select
        {{ var('entity_type', 'account') }}_id as entity_id,
        user_id,
        event_name,
        events,
        previous_events,
        cast({{ var('entity_type', 'account') }}_points_change as {{ type_double() }}) as points_change,
        sum({{ var('entity_type', 'account') }}_points)
            over (partition by {{ var('entity_type', 'account') }}_id, user_id) as points_of_user,
        sum({{ var('entity_type', 'account') }}_points - {{ var('entity_type', 'account') }}_points_change)
            over (partition by {{ var('entity_type', 'account') }}_id, user_id) as previous_points_of_user
    from {{ ref('score_contributions') }}
    where
        {{ var('entity_type', 'account') }}_id is not null
        and '{{ var('entity_id', 'a') }}' in ('', {{ var('entity_type', 'account') }}_id)
),

grouped as (
    select
        *,
        case
            when user_id is null or '{{ var('entity_type', 'account') }}' = 'user' then null
            when points_of_user = 0 then 'silent'
            when previous_points_of_user = 0 then 'new'
        end as user_group
    from contributions
),

summed as (
    select
        entity_id,
        user_group,
        coalesce(user_group, event_name) as part,
        count(distinct user_id) as users,
        sum(events) as events,
        sum(previous_events) as previous_events,
        sum(points_change) as points_change
    from grouped
    group by entity_id, user_group, coalesce(user_group, event_name)
)

select
    summed.entity_id,
    summed.user_group,
    summed.part,
    summed.users,
    summed.events,
    summed.previous_events,
    coalesce(summed.points_change * drivers.slope, 0) as score_change
from summed
left join drivers
    on
        summed.entity_id = drivers.entity_id
        and drivers.position = 1
order by
    {{ in_byte_order('summed.entity_id') }},
    abs(coalesce(summed.points_change * drivers.slope, 0)) desc,
    {{ in_byte_order('summed.part') }}
