-- One row per score date, version, entity type and normalization group: its cap as of the last run, with
-- which the next one compares.
-- depends_on: {{ ref('int_stale_scores') }}

select
    score_date,
    entity_type,
    version,
    normalization_group,
    calibration_status,
    population,
    cap
from {{ ref('int_calibrations') }}
