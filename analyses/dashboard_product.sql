-- One row per Sunday of a year, and the latest score date: the product score and its parts. Read by
-- engagement dashboard.

select
    score_date,
    version,
    composite_score,
    mean_user_score,
    mean_account_score,
    adoption_rate,
    stickiness_rate,
    growth_rate,
    user_activation_rate,
    account_activation_rate,
    active_users,
    active_accounts,
    scored_users,
    scored_accounts,
    gained_accounts,
    lost_accounts
from {{ ref('product_scores') }}
order by score_date
