-- One row per version, day, entity and user: the points of that day, before decay.
-- An account's points are those of its users in it; the daily cap applies to each of them.

with

entity_events as (
    select * from {{ ref('int_entity_events') }}
),

weights as (
    select * from {{ ref('event_weights') }}
    where weight > 0
),

version_days as (
    select distinct
        version,
        event_date
    from {{ ref('int_window_days') }}
),

final as (
    select
        weights.version,
        entity_events.event_date,
        entity_events.entity_type,
        entity_events.entity_id,
        entity_events.user_id,
        cast(
            sum({{ event_points('weights.weight', 'entity_events.events', 'weights.daily_cap') }})
            as decimal(20, 3)
        ) as points,
        cast(sum(entity_events.events) as bigint) as scored_events
    from entity_events
    inner join weights on entity_events.event_name = weights.event_name
    inner join version_days
        on
            weights.version = version_days.version
            and entity_events.event_date = version_days.event_date
    group by
        weights.version,
        entity_events.event_date,
        entity_events.entity_type,
        entity_events.entity_id,
        entity_events.user_id
)

select * from final
