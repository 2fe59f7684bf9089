-- One row per scoring version, with the day on which the next one replaces it.

select
    version,
    valid_from,
    lead(valid_from) over (order by valid_from) as valid_until,
    window_days,
    winsor_percentile,
    curvature,
    half_life_days,
    min_population,
    normalize_by,
    calibration
from {{ seed('scoring_versions') }}
