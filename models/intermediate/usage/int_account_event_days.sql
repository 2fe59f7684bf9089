-- One row per day, account and event that counts for something on that day: how often it happened,
-- and whether it counts as active.

with

accepted_events as (
    select * from {{ ref('int_accepted_events') }}
    where
        account_id is not null
        and {{ restated('event_date') }}
),

event_weights as (
    select * from {{ ref('int_event_weights_by_day') }}
),

-- The version in force on the day.
days as (
    select * from {{ ref('int_calendar_days') }}
),

final as (
    select
        accepted_events.event_date,
        accepted_events.account_id,
        accepted_events.event_name,
        event_weights.counts_as_active,
        cast(sum(accepted_events.events) as bigint) as events
    from accepted_events
    inner join days on accepted_events.event_date = days.date_day
    inner join event_weights
        on
            days.version = event_weights.version
            and accepted_events.event_date = event_weights.event_date
            and accepted_events.event_name = event_weights.event_name
    group by
        accepted_events.event_date,
        accepted_events.account_id,
        accepted_events.event_name,
        event_weights.counts_as_active
)

select * from final
