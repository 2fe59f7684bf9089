-- One row per account among the first of each owner's priorities, with how many signals of all the owner's
-- accounts are overdue: none where nobody ever says what they did. Read by engagement digest.

with

ordered as (
    select
        *,
        row_number() over (partition by owner order by priority_rank) as position,
        sum(overdue_signals) over (partition by owner) as overdue
    from {{ ref('account_priorities') }}
),

acted as (
    select count(action_state) as actions
    from {{ ref('signals') }}
)

select
    ordered.priority_rank,
    ordered.account_id,
    ordered.name,
    ordered.mrr,
    ordered.owner,
    ordered.open_signals,
    ordered.top_severity,
    ordered.top_signal,
    ordered.top_sentence,
    ordered.top_action_state,
    ordered.top_action_by,
    case when acted.actions > 0 then ordered.next_due_on end as next_due_on,
    case when acted.actions > 0 then ordered.overdue else 0 end as overdue
from ordered
cross join acted
where ordered.position <= {{ var('priorities', '5') }}
order by ordered.priority_rank
