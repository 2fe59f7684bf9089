-- One row per date to score: the built dates, and the previous date of each, which only a change
-- needs. Built are the last score_history_days days and every Sunday before; with each the
-- parameters of the version in force on it.

with

days as (
    select * from {{ ref('int_days') }}
    where version is not null
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
),

versions as (
    select * from {{ ref('int_scoring_versions') }}
),

scorable as (
    select
        days.date_day as score_date,
        days.version,
        {{ add_days('days.date_day', '-versions.window_days') }} as previous_day,
        days.date_day >= bounds.first_score_date
        and (
            days.date_day > {{ add_days('bounds.as_of', -var('score_history_days')) }}
            or {{ is_sunday('days.date_day') }}
        ) as is_built,
        {{ is_sunday('days.date_day') }} as is_sunday
    from days
    inner join versions on days.version = versions.version
    cross join bounds
),

previous_dates as (
    select distinct previous_day as score_date
    from scorable
    where is_built
),

final as (
    select
        scorable.score_date,
        scorable.version,
        scorable.is_built,
        scorable.is_sunday,
        previous_days.date_day as previous_date,
        versions.window_days,
        versions.winsor_percentile,
        versions.curvature,
        versions.half_life_days,
        versions.min_population,
        versions.normalize_by,
        versions.calibration
    from scorable
    inner join versions on scorable.version = versions.version
    left join previous_dates on scorable.score_date = previous_dates.score_date
    left join days as previous_days on scorable.previous_day = previous_days.date_day
    where
        scorable.is_built
        or previous_dates.score_date is not null
)

select * from final
