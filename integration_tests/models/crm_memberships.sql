-- One row per time a user belonged to an account, as dbt's snapshot has seen it: the input memberships.

select
    user_id,
    account_id,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to
from {{ ref('users_snapshot') }}
