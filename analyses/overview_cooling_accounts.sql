-- One row per account among the five cooling ones with the highest revenue. Read by engagement
-- show.

select
    coalesce(name, account_id) as account,
    owner,
    mrr,
    score,
    score_change as change,
    active_users as users,
    days_since_last_seen as days_silent,
    renews_on
from {{ ref('account_profiles') }}
where trend = 'cooling'
order by mrr desc nulls last, score_change asc, {{ in_byte_order('account_id') }}
limit 5
