-- One row per account, subscription and month: the monthly recurring revenue.

{% set subscriptions = input('subscriptions') -%}

select
    {{ surviving_account_id(subscriptions) }} as account_id,
    coalesce({{ input_column(subscriptions, 'subscription_id') }}, merged_accounts.merged_account_id)
        as subscription_id,
    {{ input_column(subscriptions, 'currency') }} as currency,
    {{ input_column(subscriptions, 'mrr') }} as mrr,
    {{ input_column(subscriptions, 'months') }} as months,
    {{ input_column(subscriptions, 'ended_as_agreed') }} as ended_as_agreed,
    {{ input_column(subscriptions, 'month') }} as month
from {{ subscriptions['from'] }}
{{ join_merged_accounts(subscriptions) }}
