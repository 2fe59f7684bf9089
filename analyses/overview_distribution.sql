-- One row per entity type and normalization group of the latest score date: how its scores are
-- spread. Read by engagement show.

select
    entity_type,
    population,
    calibration_status as status,
    cap,
    p10_score as p10,
    p25_score as p25,
    p50_score as p50,
    p75_score as p75,
    p90_score as p90
from {{ ref('score_calibrations') }}
where score_date = (select max(latest.score_date) from {{ ref('score_calibrations') }} as latest)
order by entity_type, normalization_group
