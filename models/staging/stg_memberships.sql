-- One row per time that a user belonged to an account: from valid_from to the day before valid_to.

{% set memberships = input('memberships') -%}

select
    {{ person_id(input_column(memberships, 'user_id')) }} as user_id,
    {{ surviving_account_id(memberships) }} as account_id,
    {{ input_column(memberships, 'valid_from') }} as valid_from,
    {{ input_column(memberships, 'valid_to') }} as valid_to
from {{ memberships['from'] }}
{{ join_merged_accounts(memberships) }}
