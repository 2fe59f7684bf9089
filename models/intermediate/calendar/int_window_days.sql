-- One row per restated score date, version and day of its window (D - W, D], with the decay factor
-- of the day and the day as a bit set of one, by its age.

{% set day_columns = active_day_bitsets() -%}

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where {{ restated('score_date') }}
),

days as (
    select * from {{ ref('int_calendar_days') }}
),

aged as (
    select
        score_dates.score_date,
        score_dates.version,
        days.date_day as event_date,
        {{ days_between('days.date_day', 'score_dates.score_date') }} as age_days,
        score_dates.half_life_days
    from score_dates
    inner join days
        on
            {{ add_days('score_dates.score_date', '-score_dates.window_days') }} < days.date_day
            and score_dates.score_date >= days.date_day
),

final as (
    select
        score_date,
        version,
        event_date,
        age_days,
        {{ decay_factor('age_days', 'half_life_days') }} as factor,
        {{ singleton_bitsets(day_columns, 'age_days') }}
    from aged
)

select * from final
