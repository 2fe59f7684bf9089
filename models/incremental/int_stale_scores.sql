-- One row per score date whose scores must be made again, or have to go: a day in its window or the
-- previous one has changed, or the cap of either date has, or the date was not built in the last run or is
-- no longer. All built score dates if the run starts over.

{% set last_calibrations = built_relation('int_last_calibrations') or ref('int_calibrations') -%}

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
),

stale_windows as (
    select * from {{ ref('int_stale_windows') }}
),

changed_days as (
    select * from {{ ref('int_changed_days') }}
),

calibrations as (
    select * from {{ ref('int_calibrations') }}
),

changed_caps as (
    select distinct coalesce(calibrations.score_date, last_calibrations.score_date) as score_date
    from calibrations
    full outer join {{ last_calibrations }} as last_calibrations
        on
            calibrations.score_date = last_calibrations.score_date
            and calibrations.version = last_calibrations.version
            and calibrations.entity_type = last_calibrations.entity_type
            and calibrations.normalization_group = last_calibrations.normalization_group
    where
        not coalesce(calibrations.cap = last_calibrations.cap, false)
        or not coalesce(calibrations.population = last_calibrations.population, false)
        or not coalesce(calibrations.calibration_status = last_calibrations.calibration_status, false)
),

changed_dates as (
    select score_date from stale_windows
    union distinct
    select score_date from changed_caps
),

final as (
    select score_date from changed_dates
    union distinct
    select score_dates.score_date
    from score_dates
    inner join changed_dates on score_dates.previous_date = changed_dates.score_date
    union distinct
    select score_dates.score_date
    from score_dates
    inner join changed_days
        on
            {{ add_days('score_dates.score_date', '-2 * score_dates.window_days') }} < changed_days.event_date
            and score_dates.score_date >= changed_days.event_date
)

select * from final
