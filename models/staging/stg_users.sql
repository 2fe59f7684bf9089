-- One row per user, as the company's systems list them.

{% set users = input('users') -%}

select
    {{ person_id(input_column(users, 'user_id')) }} as user_id,
    {{ surviving_account_id(users) }} as account_id,
    {{ unless_erased(input_column(users, 'email'), input_column(users, 'user_id')) }} as email,
    {{ input_column(users, 'role') }} as role,
    {{ input_column(users, 'is_internal') }} as is_internal,
    {{ input_column(users, 'is_champion') }} as is_champion,
    {{ credible_time(input_column(users, 'created_at')) }} as created_at
from {{ users['from'] }}
{{ join_merged_accounts(users) }}
