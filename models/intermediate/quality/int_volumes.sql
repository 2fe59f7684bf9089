-- One row per counted day of the last four weeks and event with 20 or more on some day, and one per
-- day for all events together (event_name is empty): how many there were, and how many are usual,
-- which is the median of the same weekday over the eight weeks before. A day with fewer than four
-- such weekdays before it has no row.
{% set recent_days, weeks_compared, least_weeks, least_events = 28, 8, 4, 20 -%}

with

daily_totals as (
    select * from {{ ref('int_daily_totals') }}
    where not is_excluded
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

days as (
    select * from {{ ref('int_calendar_days') }}
),

counts as (
    select
        event_date,
        event_name,
        sum(events) as events
    from daily_totals
    group by event_date, event_name
    union all
    select
        event_date,
        '' as event_name,
        sum(events) as events
    from daily_totals
    group by event_date
),

event_names as (
    select event_name
    from counts
    group by event_name
    having event_name = '' or max(events) >= {{ least_events }}
),

recent_days as (
    select days.date_day as event_date
    from days
    cross join bounds
    where
        days.date_day > {{ add_days('bounds.as_of', -recent_days) }}
        and days.date_day >= {{ add_days('bounds.first_event_date', 7 * least_weeks) }}
),

compared_days as (
    select
        recent_days.event_date,
        days.date_day as earlier_date
    from recent_days
    inner join days
        on
            recent_days.event_date > days.date_day
            and {{ add_days('recent_days.event_date', -7 * weeks_compared) }} <= days.date_day
            and mod({{ days_between('days.date_day', 'recent_days.event_date') }}, 7) = 0
),

compared_counts as (
    select
        compared_days.event_date,
        event_names.event_name,
        cast(coalesce(counts.events, 0) as {{ type_double() }}) as events
    from compared_days
    cross join event_names
    left join counts
        on compared_days.earlier_date = counts.event_date and event_names.event_name = counts.event_name
),

usual as (
    {{ percentiles_of('compared_counts', ['event_date', 'event_name'], 'events', {'usual_events': 0.5}) }}
),

final as (
    select
        usual.event_date,
        usual.event_name,
        cast(coalesce(counts.events, 0) as bigint) as events,
        usual.usual_events
    from usual
    left join counts on usual.event_date = counts.event_date and usual.event_name = counts.event_name
)

select * from final
