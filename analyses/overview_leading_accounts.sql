-- One row per account among the five with the highest scores. Read by engagement show.

select
    rank,
    coalesce(name, account_id) as account,
    plan,
    score,
    band,
    trend,
    active_users as users,
    adoption_rate as adoption,
    activation_rate as activation
from {{ ref('account_profiles') }}
where rank is not null
order by rank, {{ in_byte_order('account_id') }}
limit 5
