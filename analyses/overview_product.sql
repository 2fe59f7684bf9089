-- One row per score date, the latest first: how engaged the product is. Read by engagement show.

select
    score_date,
    composite_score as composite,
    active_users as users,
    active_accounts as accounts,
    mean_user_score as user_score,
    mean_account_score as account_score,
    adoption_rate as adoption,
    stickiness_rate as stickiness,
    growth_rate as growth
from {{ ref('product_scores') }}
order by score_date desc
