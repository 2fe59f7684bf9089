-- One row per user ('': none), account (or none), event, version of its day and number of launches
-- by then: how often the event has happened up to as_of, and on which days first and last.
-- Everything known about all time starts here.

with

accepted_events as (
    select * from {{ ref('int_accepted_events') }}
    where {{ restated_in('int_count_changes', ['user_id']) }}
),

days as (
    select * from {{ ref('int_calendar_days') }}
),

final as (
    select
        accepted_events.user_id,
        accepted_events.account_id,
        accepted_events.event_name,
        days.version,
        days.launches,
        cast(sum(accepted_events.events) as bigint) as events,
        min(accepted_events.event_date) as first_on,
        max(accepted_events.event_date) as last_on
    from accepted_events
    inner join days on accepted_events.event_date = days.date_day
    group by
        accepted_events.user_id,
        accepted_events.account_id,
        accepted_events.event_name,
        days.version,
        days.launches
)

select * from final
