-- One row per subscription and month with revenue, in the way that the var stripe_mrr names.

{{ config(enabled='stripe' in var('sources'), materialized='table') }}

{% set model = {
    'prices': 'stripe_mrr_of_prices', 'invoices': 'stripe_mrr_of_invoices', 'ready_made': 'stripe_mrr_of_ready_made',
}.get(var('stripe_mrr')) -%}
{% if not model -%}
    {{ exceptions.raise_compiler_error(
        'The var stripe_mrr is ' ~ var('stripe_mrr') ~ ': write prices, invoices or ready_made.'
    ) }}
{%- endif -%}

select * from {{ ref(model) }}
