-- One row per feature and score date that is the latest or a Sunday: how many could use it, and how
-- many did. Read by engagement dashboard.

select
    score_date,
    feature,
    users_available,
    users_adopted,
    user_adoption_rate,
    accounts_available,
    accounts_adopted,
    account_adoption_rate,
    accounts_adopted_all_time
from {{ ref('feature_adoption') }}
order by score_date, {{ in_byte_order('feature') }}
