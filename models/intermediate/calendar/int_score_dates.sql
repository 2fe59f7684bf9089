-- One row per date to score and version that scores it: each built date under the version in force,
-- and its previous date, which a change compares with. The previous date is scored under the
-- version then in force and, if another version has replaced that one in between, also under the
-- new one. Built dates are the last score_history_days days and every Sunday before. The previous
-- dates of days to come are scored ahead, each on its own day, so that no later run has to return
-- to them.

with

days as (
    select * from {{ ref('int_calendar_days') }}
    where version is not null
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

versions as (
    select * from {{ ref('int_scoring_versions') }}
),

coming_windows as (
    select
        {{ add_days('max(bounds.as_of)', 1) }} as first_day,
        {{ add_days('max(bounds.as_of)', 'max(versions.window_days)') }} as last_day
    from bounds
    cross join versions
),

coming_days as (
    {{ generate_days('coming_windows', 'first_day', 'last_day') }}
),

dates as (
    select
        date_day as score_date,
        version,
        true as has_come
    from days
    union all
    select
        coming_days.date_day as score_date,
        versions.version,
        false as has_come
    from coming_days
    inner join versions
        on
            coming_days.date_day >= versions.valid_from
            and (versions.valid_until is null or coming_days.date_day < versions.valid_until)
),

scorable as (
    select
        dates.score_date,
        dates.version,
        dates.has_come,
        {{ add_days('dates.score_date', '-versions.window_days') }} as previous_day,
        dates.has_come
        and (
            dates.score_date > {{ add_days('bounds.as_of', -var('score_history_days')) }}
            or {{ is_sunday('dates.score_date') }}
        ) as is_built
    from dates
    inner join versions on dates.version = versions.version
    inner join bounds on dates.score_date >= bounds.first_score_date
),

previous_dates as (
    select distinct
        scorable.previous_day as score_date,
        days.version as version_in_force,
        scorable.version
    from scorable
    inner join days on scorable.previous_day = days.date_day
    where
        scorable.is_built
        or not scorable.has_come
),

listed as (
    select
        score_date,
        version,
        true as is_built
    from scorable
    where is_built
    union all
    select
        score_date,
        version_in_force as version,
        false as is_built
    from previous_dates
    union all
    select
        score_date,
        version,
        false as is_built
    from previous_dates
),

dated as (
    select
        score_date,
        version,
        max(case when is_built then 1 else 0 end) = 1 as is_built
    from listed
    group by score_date, version
),

final as (
    select
        dated.score_date,
        dated.version,
        dated.is_built,
        {{ is_sunday('dated.score_date') }} as is_sunday,
        dated.version = days.version as is_in_force,
        previous_days.date_day as previous_date,
        previous_days.version as previous_version,
        versions.window_days,
        versions.winsor_percentile,
        versions.curvature,
        versions.half_life_days,
        versions.min_population,
        versions.normalize_by,
        versions.calibration
    from dated
    inner join days on dated.score_date = days.date_day
    inner join versions on dated.version = versions.version
    left join days as previous_days
        on
            dated.version = days.version
            and previous_days.date_day = {{ add_days('dated.score_date', '-versions.window_days') }}
)

select * from final
