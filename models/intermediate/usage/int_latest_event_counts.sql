-- One row per day of the latest score date's window or of the one before, user ('': none), account (or
-- none) and event that the version in force on the date gives a weight, be it 0: how often it happened,
-- and what it counts.

with

window_days as (
    select * from {{ ref('int_latest_window_days') }}
),

event_weights as (
    select * from {{ seed('event_weights') }}
),

daily_events as (
    select
        accepted_events.event_date,
        accepted_events.user_id,
        accepted_events.account_id,
        accepted_events.event_name,
        cast(sum(accepted_events.events) as bigint) as events
    from {{ ref('int_accepted_events') }} as accepted_events
    inner join window_days on accepted_events.event_date = window_days.event_date
    group by
        accepted_events.event_date,
        accepted_events.user_id,
        accepted_events.account_id,
        accepted_events.event_name
),

final as (
    select
        window_days.score_date,
        window_days.version,
        window_days.is_current,
        daily_events.event_date,
        window_days.factor,
        daily_events.user_id,
        daily_events.account_id,
        daily_events.event_name,
        daily_events.events,
        event_weights.weight,
        event_weights.daily_cap
    from daily_events
    inner join window_days on daily_events.event_date = window_days.event_date
    inner join event_weights
        on
            window_days.version = event_weights.version
            and daily_events.event_name = event_weights.event_name
)

select * from final
