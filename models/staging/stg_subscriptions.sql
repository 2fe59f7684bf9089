-- One row per account and month: the monthly recurring revenue.

{% set subscriptions = input('subscriptions') -%}

select
    {{ input_column(subscriptions, 'account_id') }} as account_id,
    {{ input_column(subscriptions, 'mrr') }} as mrr,
    {{ input_column(subscriptions, 'month') }} as month
from {{ subscriptions['from'] }}
