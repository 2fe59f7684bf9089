-- One row per account among the five to work through first. Read by engagement show.

select
    priority_rank as first,
    coalesce(name, account_id) as account,
    owner,
    plan,
    score,
    top_signal,
    open_signals as signals,
    first_opened_on as since,
    coalesce(top_action_state || ' by ' || top_action_by, top_action_state) as action,
    next_due_on as due,
    overdue_signals as overdue
from {{ ref('account_priorities') }}
where priority_rank <= 5
order by priority_rank, {{ in_byte_order('account_id') }}
