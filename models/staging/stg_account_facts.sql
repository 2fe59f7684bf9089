-- One row per account, day and fact: measurements of accounts from elsewhere, to stand beside the
-- score.

{% set account_facts = input('account_facts') -%}

select
    {{ surviving_account_id(account_facts) }} as account_id,
    {{ input_column(account_facts, 'measured_on') }} as measured_on,
    {{ input_column(account_facts, 'name') }} as name,
    {{ input_column(account_facts, 'value') }} as value
from {{ account_facts['from'] }}
{{ join_merged_accounts(account_facts) }}
