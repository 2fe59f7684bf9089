-- One row per normalization group of accounts on the latest score date: the cap, and the parameters
-- of the version in force. Read by engagement dashboard.

with

latest as (
    select max(score_date) as score_date from {{ ref('score_calibrations') }}
)

select
    calibrations.score_date,
    calibrations.version,
    calibrations.normalization_group,
    calibrations.calibration_status,
    calibrations.population,
    calibrations.cap,
    calibrations.winsor_percentile,
    calibrations.curvature,
    calibrations.window_days,
    calibrations.half_life_days,
    calibrations.min_population,
    calibrations.normalize_by,
    calibrations.calibration
from {{ ref('score_calibrations') }} as calibrations
inner join latest on calibrations.score_date = latest.score_date
where calibrations.entity_type = 'account'
order by {{ in_byte_order('calibrations.normalization_group') }}
