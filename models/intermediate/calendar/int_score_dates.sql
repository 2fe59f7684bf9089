-- One row per date to score and version that scores it: the built dates under the version in force, and the
-- previous date of each, which only a change needs: under the version then in force, and, where that has
-- been replaced in between, also under the new one. Built are the last score_history_days days and every
-- Sunday before.

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

in_force as (
    select
        scorable.score_date,
        scorable.version,
        scorable.is_built,
        scorable.is_sunday,
        true as is_in_force,
        previous_days.date_day as previous_date,
        previous_days.version as previous_version
    from scorable
    left join previous_dates on scorable.score_date = previous_dates.score_date
    left join days as previous_days on scorable.previous_day = previous_days.date_day
    where
        scorable.is_built
        or previous_dates.score_date is not null
),

restated as (
    select distinct
        previous_date as score_date,
        version,
        false as is_built,
        {{ is_sunday('previous_date') }} as is_sunday,
        false as is_in_force,
        cast(null as date) as previous_date,
        cast(null as {{ type_text() }}) as previous_version
    from in_force
    where
        is_built
        and previous_version <> version
),

dated as (
    select * from in_force
    union all
    select * from restated
),

final as (
    select
        dated.score_date,
        dated.version,
        dated.is_built,
        dated.is_sunday,
        dated.is_in_force,
        dated.previous_date,
        dated.previous_version,
        versions.window_days,
        versions.winsor_percentile,
        versions.curvature,
        versions.half_life_days,
        versions.min_population,
        versions.normalize_by,
        versions.calibration
    from dated
    inner join versions on dated.version = versions.version
)

select * from final
