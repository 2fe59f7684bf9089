-- One row per account among the first of each owner's priorities. Read by engagement digest.

with

ordered as (
    select
        *,
        row_number() over (partition by owner order by priority_rank) as position
    from {{ ref('account_priorities') }}
)

select
    priority_rank,
    account_id,
    name,
    mrr,
    owner,
    open_signals,
    top_severity,
    top_signal,
    top_sentence
from ordered
where position <= {{ var('priorities', '5') }}
order by priority_rank
