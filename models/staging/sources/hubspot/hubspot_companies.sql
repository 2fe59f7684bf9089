-- One row per company that HubSpot still has, with the account that it is in the product and the e-mail
-- address of its owner.

{{ config(enabled='hubspot' in var('sources')) }}

{% set companies, owners = source_table('hubspot', 'company'), source_table('hubspot', 'owner') -%}

with

companies as (
    select
        {{ input_column(companies, 'id') }} as vendor_id,
        {{ input_column(companies, 'property_external_account_id') }} as account_id,
        {{ input_column(companies, 'property_name') }} as name,
        {{ input_column(companies, 'property_industry') }} as industry,
        {{ input_column(companies, 'property_plan') }} as plan,
        {{ input_column(companies, 'property_renewal_date') }} as renews_on,
        {{ input_column(companies, 'property_hubspot_owner_id') }} as owner_id,
        {{ input_column(companies, 'property_hs_parent_company_id') }} as parent_id,
        {{ input_column(companies, 'property_createdate') }} as created_at
    from {{ companies['from'] }}
    where
        not coalesce({{ input_column(companies, 'is_deleted') }}, false)
        and not coalesce({{ input_column(companies, '_fivetran_deleted') }}, false)
),

owners as (
    select
        {{ input_column(owners, 'owner_id') }} as owner_id,
        max({{ input_column(owners, 'email') }}) as email
    from {{ owners['from'] }}
    group by {{ input_column(owners, 'owner_id') }}
),

final as (
    select
        companies.vendor_id,
        companies.account_id,
        companies.name,
        companies.industry,
        companies.plan,
        companies.renews_on,
        owners.email as owner,
        companies.parent_id,
        row_number() over (
            partition by companies.account_id
            order by companies.created_at asc nulls last, companies.vendor_id asc
        ) as position
    from companies
    left join owners on companies.owner_id = owners.owner_id
)

select * from final
