-- One row per event that scored actors have had up to the last day that counts: the first day of it.
{{ config(materialized='ephemeral') }}

select
    daily_totals.event_name,
    min(daily_totals.event_date) as first_occurred_on
from {{ ref('int_daily_totals') }} as daily_totals
inner join {{ ref('int_calendar_bounds') }} as bounds
    on daily_totals.event_date <= bounds.last_counted_day
where
    not daily_totals.is_excluded
    and daily_totals.events > 0
    and {{ is_scored('daily_totals.actor') }}
group by daily_totals.event_name
