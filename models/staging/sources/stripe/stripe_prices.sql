-- One row per price: what a unit of it costs, in the smallest unit of its currency, and the part of its
-- interval that a month is. A metered or tiered price has no such amount: only invoices say what it
-- comes to.

{{ config(enabled='stripe' in var('sources')) }}

{% set prices = source_table('stripe', 'price') -%}

with

received as (
    select
        {{ input_column(prices, 'id') }} as price_id,
        {{ input_column(prices, 'product_id') }} as product_id,
        {{ input_column(prices, 'currency') }} as currency,
        coalesce(
            {{ input_column(prices, 'unit_amount_decimal') }},
            {{ input_column(prices, 'unit_amount') }},
            {{ input_column(prices, 'amount_decimal') }},
            {{ input_column(prices, 'amount') }}
        ) as unit_amount,
        coalesce({{ input_column(prices, 'recurring_interval') }}, {{ input_column(prices, 'interval') }})
            as billing_interval,
        coalesce(
            {{ input_column(prices, 'recurring_interval_count') }},
            {{ input_column(prices, 'interval_count') }}
        ) as interval_count,
        coalesce({{ input_column(prices, 'recurring_usage_type') }}, {{ input_column(prices, 'usage_type') }})
            as usage_type,
        {{ input_column(prices, 'billing_scheme') }} as billing_scheme
    from {{ prices['from'] }}
    where {{ is_live(prices) }}
),

final as (
    select
        price_id,
        product_id,
        currency,
        coalesce(usage_type = 'metered' or billing_scheme = 'tiered', false) as is_by_invoice,
        unit_amount,
        {{ months_factor('billing_interval', 'interval_count') }} as months_factor,
        billing_interval = 'year' or (billing_interval = 'month' and interval_count >= 12) as is_yearly
    from received
)

select * from final
