-- One row per account and time from which Salesforce had another version of it: its plan and owner.

{{ config(enabled='salesforce' in var('sources')) }}

{% set history, users = source_table('salesforce', 'account_history'), source_table('salesforce', 'user') -%}

with

users as (
    select
        {{ salesforce_id(input_column(users, 'id')) }} as owner_id,
        max({{ input_column(users, 'email') }}) as email
    from {{ users['from'] }}
    where {{ is_active_row(users) }}
    group by {{ salesforce_id(input_column(users, 'id')) }}
),

versions as (
    select
        {{ salesforce_id(input_column(history, 'id')) }} as vendor_id,
        {{ input_column(history, '_fivetran_start') }} as valid_from,
        {{ input_column(history, 'plan_c') }} as plan,
        {{ salesforce_id(input_column(history, 'owner_id')) }} as owner_id
    from {{ history['from'] }}
    where {{ input_column(history, '_fivetran_start') }} is not null
),

final as (
    select
        records.account_id,
        versions.valid_from,
        max(versions.plan) as plan,
        max(users.email) as owner
    from versions
    inner join {{ ref('salesforce_records') }} as records on versions.vendor_id = records.vendor_id
    left join users on versions.owner_id = users.owner_id
    where
        records.account_id is not null
        and records.position = 1
    group by records.account_id, versions.valid_from
)

select * from final
