-- One row per feature and horizon: what followed its adoption. Read by engagement dashboard.

select
    feature,
    horizon_days,
    score_matched_adopters,
    score_effect,
    score_lower_bound,
    score_upper_bound,
    score_verdict,
    retention_matched_adopters,
    retention_effect,
    retention_lower_bound,
    retention_upper_bound,
    retention_verdict
from {{ ref('feature_impact') }}
order by {{ in_byte_order('feature') }}, horizon_days
