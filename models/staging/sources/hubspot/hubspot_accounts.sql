-- One row per account that HubSpot knows: of several records of one account, the oldest.

{{ config(enabled='hubspot' in var('sources')) }}

with

companies as (
    select * from {{ ref('hubspot_companies') }}
),

final as (
    select
        companies.account_id,
        parents.account_id as parent_account_id,
        companies.name,
        companies.plan,
        companies.industry,
        companies.owner,
        companies.renews_on
    from companies
    left join companies as parents
        on
            companies.parent_id = parents.vendor_id
            and companies.account_id <> parents.account_id
    where
        companies.account_id is not null
        and companies.position = 1
)

select * from final
