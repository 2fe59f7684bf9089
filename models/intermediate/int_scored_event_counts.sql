-- One row per built score date and entity with scored events in its window: how many different ones.
-- Each day with an event counts until the next day with the same one, so every event counts once.

with

event_days as (
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

followed as (
    select
        *,
        lead(event_date) over (
            partition by entity_type, entity_id, event_name
            order by event_date
        ) as next_event_date
    from event_days
),

final as (
    select
        window_days.score_date,
        followed.entity_type,
        followed.entity_id,
        count(*) as distinct_scored_events
    from followed
    inner join window_days
        on
            followed.event_date = window_days.event_date
            and (followed.next_event_date is null or followed.next_event_date > window_days.score_date)
    inner join weights
        on
            window_days.version = weights.version
            and followed.event_name = weights.event_name
    group by window_days.score_date, followed.entity_type, followed.entity_id
)

select * from final
