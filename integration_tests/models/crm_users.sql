-- One row per user as it is today: the input users.

select
    user_id,
    account_id,
    role
from {{ ref('users_snapshot') }}
where dbt_valid_to is null
