-- One row per account as it is today: the input accounts. Seats are today's.

select
    account_id,
    name,
    plan,
    status,
    owner,
    seats
from {{ ref('accounts_snapshot') }}
where dbt_valid_to is null
