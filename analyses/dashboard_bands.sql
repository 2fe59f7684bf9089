-- One row per band, the lowest first. Read by engagement dashboard.

select distinct
    target_band as band,
    target_min_score as min_score
from {{ ref('band_targets') }}
order by min_score
