-- One row per day, entity and user who was active in it: at least one event that counts as active
-- under the version in force on that day.

with

entity_events as (
    select * from {{ ref('int_entity_events') }}
),

days as (
    select * from {{ ref('int_days') }}
),

active_events as (
    select * from {{ ref('event_weights') }}
    where counts_as_active
),

final as (
    select distinct
        entity_events.event_date,
        entity_events.entity_type,
        entity_events.entity_id,
        entity_events.user_id
    from entity_events
    inner join days on entity_events.event_date = days.date_day
    inner join active_events
        on
            days.version = active_events.version
            and entity_events.event_name = active_events.event_name
)

select * from final
