-- One row per account that Salesforce knows: of several records of one account, the oldest.

{{ config(enabled='salesforce' in var('sources')) }}

with

records as (
    select * from {{ ref('salesforce_records') }}
),

final as (
    select
        records.account_id,
        parents.account_id as parent_account_id,
        records.name,
        records.plan,
        records.industry,
        records.owner,
        records.renews_on
    from records
    left join records as parents
        on
            records.parent_id = parents.vendor_id
            and records.account_id <> parents.account_id
    where
        records.account_id is not null
        and records.position = 1
)

select * from final
