-- One row per account and time at which HubSpot recorded a change of its owner or plan.

{{ config(enabled='hubspot' in var('sources')) }}

{% set companies = source_table('hubspot', 'company') -%}
{% set owners = source_table('hubspot', 'owner') -%}
{% set history = source_table('hubspot', 'company_property_history') -%}
{% set owner = input_column_name(companies, 'property_hubspot_owner_id') | replace('property_', '', 1) -%}
{% set plan = input_column_name(companies, 'property_plan') | replace('property_', '', 1) -%}

with

changes as (
    select
        {{ input_column(history, 'company_id') }} as vendor_id,
        lower({{ input_column(history, 'name') }}) as name,
        {{ input_column(history, 'value') }} as value,
        {{ input_column(history, 'timestamp') }} as valid_from
    from {{ history['from'] }}
    where lower({{ input_column(history, 'name') }}) in ('{{ owner }}', '{{ plan }}')
),

owners as (
    select
        {{ input_column(owners, 'owner_id') }} as owner_id,
        max({{ input_column(owners, 'email') }}) as email
    from {{ owners['from'] }}
    group by {{ input_column(owners, 'owner_id') }}
),

of_accounts as (
    select
        companies.account_id,
        changes.valid_from,
        case when changes.name = '{{ plan }}' then changes.value end as plan,
        case when changes.name = '{{ owner }}' then owners.email end as owner
    from changes
    inner join {{ ref('hubspot_companies') }} as companies on changes.vendor_id = companies.vendor_id
    left join owners on changes.value = owners.owner_id
    where
        companies.account_id is not null
        and companies.position = 1
        and changes.valid_from is not null
),

final as (
    {{ carried_forward('of_accounts', 'account_id', 'valid_from', ['plan', 'owner']) }}
)

select * from final
