-- One row per company of Intercom as it is today, by Intercom's own id, with the account that it is in
-- the product.

{{ config(enabled='intercom' in var('sources')) }}

{% set companies = source_table('intercom', 'company') -%}

with

companies as (
    select
        {{ input_column(companies, 'id') }} as vendor_id,
        {{ input_column(companies, 'company_id') }} as account_id,
        {{ input_column(companies, 'name') }} as name,
        {{ input_column(companies, 'plan_name') }} as plan,
        {{ input_column(companies, 'industry') }} as industry,
        row_number() over (
            partition by {{ input_column(companies, 'id') }}
            order by {{ input_column(companies, 'updated_at') }} desc nulls last
        ) as recency
    from {{ companies['from'] }}
    where {{ is_active_row(companies) }}
),

final as (
    select
        vendor_id,
        account_id,
        name,
        plan,
        industry,
        row_number() over (partition by account_id order by vendor_id) as position
    from companies
    where recency = 1
)

select * from final
