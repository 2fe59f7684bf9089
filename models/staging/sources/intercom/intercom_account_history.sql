-- One row per account and time from which Intercom had another version of it: its plan.

{{ config(enabled='intercom' in var('sources')) }}

{% set history = source_table('intercom', 'company') -%}

with

versions as (
    select
        {{ input_column(history, 'id') }} as vendor_id,
        coalesce({{ input_column(history, '_fivetran_start') }}, {{ input_column(history, 'updated_at') }})
            as valid_from,
        {{ input_column(history, 'plan_name') }} as plan
    from {{ history['from'] }}
),

final as (
    select
        companies.account_id,
        versions.valid_from,
        max(versions.plan) as plan
    from versions
    inner join {{ ref('intercom_companies') }} as companies on versions.vendor_id = companies.vendor_id
    where
        companies.account_id is not null
        and companies.position = 1
        and versions.valid_from is not null
        and versions.plan is not null
    group by companies.account_id, versions.valid_from
)

select * from final
