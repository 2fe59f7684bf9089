-- One row per change of an account's plan, status or owner, valid until the next.

{% set account_history = input('account_history') -%}

select
    {{ surviving_account_id(account_history) }} as account_id,
    {{ input_column(account_history, 'plan') }} as plan,
    {{ input_column(account_history, 'status') }} as status,
    {{ input_column(account_history, 'owner') }} as owner,
    {{ input_column(account_history, 'valid_from') }} as valid_from
from {{ account_history['from'] }}
{{ join_merged_accounts(account_history) }}
