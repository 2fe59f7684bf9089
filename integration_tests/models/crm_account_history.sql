-- One row per change of an account's plan, status or owner, as dbt's snapshot has seen it: the input
-- account_history. A snapshot whose seats alone changed repeats the rest, which does no harm.

select
    account_id,
    dbt_valid_from as valid_from,
    plan,
    status,
    owner
from {{ ref('accounts_snapshot') }}
