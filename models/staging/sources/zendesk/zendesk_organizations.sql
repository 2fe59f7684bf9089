-- One row per organization of Zendesk, with the account that it is in the product.

{{ config(enabled='zendesk' in var('sources')) }}

{% set organizations = source_table('zendesk', 'organization') -%}

with

organizations as (
    select
        {{ input_column(organizations, 'id') }} as vendor_id,
        {{ input_column(organizations, 'external_id') }} as account_id,
        {{ input_column(organizations, 'name') }} as name,
        {{ input_column(organizations, 'created_at') }} as created_at
    from {{ organizations['from'] }}
    where not coalesce({{ input_column(organizations, '_fivetran_deleted') }}, false)
),

final as (
    select
        vendor_id,
        account_id,
        name,
        row_number() over (
            partition by account_id order by created_at asc nulls last, vendor_id asc
        ) as position
    from organizations
)

select * from final
