-- One row per change of an account's plan, status or owner, as dbt's snapshot has seen it: the input
-- account_history. A snapshot whose seats alone changed repeats the rest, which does no harm. What it saw first
-- counts from ever on: else today's status would, on all days before the first snapshot, and so rewrite them
-- with every change.

select
    account_id,
    case
        when dbt_valid_from = min(dbt_valid_from) over (partition by account_id) then cast('1970-01-01' as timestamp)
        else dbt_valid_from
    end as valid_from,
    plan,
    status,
    owner
from {{ ref('accounts_snapshot') }}
