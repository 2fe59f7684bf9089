-- One row per subscription and month, as the report that somebody else has made says it: net of
-- discounts, without subscriptions on trial or never begun.

{{ config(enabled='stripe' in var('sources') and var('stripe_mrr') == 'ready_made') }}

{% set report = source_table('stripe', 'mrr_report') -%}

with

subscriptions as (
    select
        subscription_id,
        max(account_id) as account_id
    from {{ ref('stripe_subscription_states') }}
    group by subscription_id
),

items as (
    select
        {{ input_column(report, 'subscription_id') }} as subscription_id,
        {{ input_column(report, 'customer_id') }} as customer_id,
        {{ input_column(report, 'subscription_month') }} as month,
        {{ input_column(report, 'currency') }} as currency,
        coalesce(
            {{ input_column(report, 'month_billed_mrr') }}, {{ input_column(report, 'month_contract_mrr') }}
        ) as mrr
    from {{ report['from'] }}
    where
        coalesce({{ input_column(report, 'subscription_status') }}, '')
        not in ('trialing', 'incomplete', 'incomplete_expired')
),

of_accounts as (
    select
        coalesce(subscriptions.account_id, customers.account_id) as account_id,
        items.subscription_id,
        items.month,
        upper(items.currency) as currency,
        items.mrr
    from items
    left join subscriptions on items.subscription_id = subscriptions.subscription_id
    left join {{ ref('stripe_customers') }} as customers on items.customer_id = customers.vendor_id
),

final as (
    select
        account_id,
        subscription_id,
        month,
        currency,
        cast(sum({{ as_decimal('mrr', 38, 9) }}) as {{ type_double() }})
        / {{ units_of_currency('currency') if var('stripe_report_in_cents') else 1 }} as mrr
    from of_accounts
    where account_id is not null
    group by account_id, subscription_id, month, currency
)

select * from final
