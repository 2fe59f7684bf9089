-- One row per built score date and entity with scored events in its window: how many different
-- ones.

with

entity_events as (
    select distinct
        event_date,
        entity_type,
        entity_id,
        event_name
    from {{ ref('int_entity_events') }}
),

weights as (
    select * from {{ ref('event_weights') }}
    where weight > 0
),

window_days as (
    select * from {{ ref('int_window_days') }}
    where is_built
),

window_events as (
    select
        window_days.score_date,
        entity_events.entity_type,
        entity_events.entity_id,
        entity_events.event_name
    from entity_events
    inner join window_days on entity_events.event_date = window_days.event_date
    inner join weights
        on
            window_days.version = weights.version
            and entity_events.event_name = weights.event_name
    group by
        window_days.score_date, entity_events.entity_type, entity_events.entity_id, entity_events.event_name
),

final as (
    select
        score_date,
        entity_type,
        entity_id,
        count(*) as distinct_scored_events
    from window_events
    group by score_date, entity_type, entity_id
)

select * from final
