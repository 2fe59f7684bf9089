-- One row per outcome, horizon, predictor and measure: how well it told outcomes in advance. Read
-- by engagement dashboard.

select
    outcome,
    horizon_days,
    predictor,
    measure,
    validation_status,
    value,
    lower_bound,
    upper_bound,
    verdict,
    observations,
    accounts,
    outcome_accounts,
    first_score_date,
    last_score_date
from {{ ref('score_validation') }}
order by outcome, horizon_days, measure, predictor
