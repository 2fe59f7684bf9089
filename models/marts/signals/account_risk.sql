-- One row per score date and customer: its rank by risk among the customers of the date, the probability
-- that it leaves where a model is in force, and why.
{{ config(
    materialized=public_view(),
    indexes=indexes_on(['score_date', 'account_id']),
) }}

select
    score_date,
    account_id,
    version,
    risk_rank,
    customers,
    percentile_rank,
    horizon_days,
    probability,
    reasons,
    score,
    days_since_active
from {{ ref('int_account_risk') }}
