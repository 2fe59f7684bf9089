-- One row per customer of Stripe and the account it is: by its metadata, else by customer_accounts.

{{ config(enabled='stripe' in var('sources')) }}

{% set customers = source_table('stripe', 'customer') -%}
{% set mapping = source_table('stripe', 'customer_accounts') -%}

with

customers as (
    select
        {{ input_column(customers, 'id') }} as vendor_id,
        {{ json_text(input_column(customers, 'metadata'), [var('stripe_account_key')]) }} as account_id
    from {{ customers['from'] }}
    where {{ is_live(customers) }}
),

mapped as (
    select
        {{ input_column(mapping, 'customer_id') }} as vendor_id,
        max({{ input_column(mapping, 'account_id') }}) as account_id
    from {{ mapping['from'] }}
    group by 1
),

final as (
    select
        coalesce(customers.vendor_id, mapped.vendor_id) as vendor_id,
        coalesce({{ text_or_null('customers.account_id') }}, mapped.account_id) as account_id
    from customers
    full outer join mapped on customers.vendor_id = mapped.vendor_id
)

select * from final
