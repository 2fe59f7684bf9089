-- One row per event and first day on which it fell silent for most accounts that used it, while they went on
-- with other things: tracking broke, not the customer (docs/definitions.md, Tracking incidents).

with

incidents as (
    select
        *,
        row_number() over (partition by event_name order by started_on desc) = 1 as is_latest
    from {{ ref('int_incidents') }}
),

daily_totals as (
    select * from {{ ref('int_daily_totals') }}
    where
        not is_excluded
        and {{ is_scored('actor') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

event_totals as (
    select
        incidents.event_name,
        incidents.started_on,
        sum(daily_totals.events) as events
    from incidents
    inner join daily_totals
        on
            incidents.event_name = daily_totals.event_name
            and incidents.started_on > daily_totals.event_date
            and daily_totals.event_date >= {{ add_days('incidents.started_on', -7 * incident_rule().weeks) }}
    group by incidents.event_name, incidents.started_on
),

losses as (
    select
        instrumentation.event_name,
        instrumentation.score_date,
        instrumentation.entity_type,
        instrumentation.entity_id
    from {{ ref('int_instrumentation') }} as instrumentation
    inner join bounds on instrumentation.score_date = bounds.as_of
    where instrumentation.points_change < 0
),

held_signals as (
    select
        losses.event_name,
        count(*) as signals
    from losses
    inner join {{ ref('int_signal_days') }} as signal_days
        on
            losses.score_date = signal_days.score_date
            and losses.entity_type = signal_days.entity_type
            and losses.entity_id = signal_days.entity_id
    where signal_days.is_held_back
    group by losses.event_name
),

final as (
    select
        incidents.event_name,
        incidents.started_on,
        incidents.detected_on,
        incidents.ended_on,
        incidents.accounts,
        cast(incidents.silent_accounts as bigint) as silent_accounts,
        {{ rate('event_totals.events', 7 * incident_rule().weeks) }} as usual_daily_events,
        cast(coalesce(held_signals.signals, 0) as bigint) as signals_held_back
    from incidents
    inner join event_totals
        on
            incidents.event_name = event_totals.event_name
            and incidents.started_on = event_totals.started_on
    left join held_signals
        on
            incidents.is_latest
            and incidents.event_name = held_signals.event_name
)

select * from final
