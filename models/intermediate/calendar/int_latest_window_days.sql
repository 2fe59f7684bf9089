-- One row per day of the latest score date's window and of the one before, under the version in force on
-- the date, with the decay factor of the day.

with

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

score_dates as (
    select score_dates.*
    from {{ ref('int_score_dates') }} as score_dates
    inner join bounds on score_dates.score_date = bounds.as_of
    where score_dates.is_in_force
),

window_days as (
    select
        score_dates.score_date,
        score_dates.version,
        score_dates.half_life_days,
        days.date_day as event_date,
        days.date_day > {{ add_days('score_dates.score_date', '-score_dates.window_days') }} as is_current,
        {{ days_between('days.date_day', 'score_dates.score_date') }} as days_ago,
        score_dates.window_days
    from score_dates
    inner join {{ ref('int_calendar_days') }} as days
        on
            {{ add_days('score_dates.score_date', '-2 * score_dates.window_days') }} < days.date_day
            and score_dates.score_date >= days.date_day
),

aged as (
    select
        *,
        case when is_current then days_ago else days_ago - window_days end as age_days
    from window_days
),

final as (
    select
        score_date,
        version,
        event_date,
        is_current,
        {{ decay_factor('age_days', 'half_life_days') }} as factor
    from aged
)

select * from final
