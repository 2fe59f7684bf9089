-- One row per account that Salesforce still has, by the fifteen signs of its id, with the account that
-- it is in the product and the e-mail address of its owner.

{{ config(enabled='salesforce' in var('sources')) }}

{% set accounts, users = source_table('salesforce', 'account'), source_table('salesforce', 'user') -%}
{% set opportunities = source_table('salesforce', 'opportunity') -%}

with

accounts as (
    select
        {{ salesforce_id(input_column(accounts, 'id')) }} as vendor_id,
        {{ input_column(accounts, 'app_account_id_c') }} as account_id,
        {{ input_column(accounts, 'name') }} as name,
        {{ input_column(accounts, 'industry') }} as industry,
        {{ input_column(accounts, 'plan_c') }} as plan,
        {{ input_column(accounts, 'renewal_date_c') }} as renewal_date,
        {{ salesforce_id(input_column(accounts, 'owner_id')) }} as owner_id,
        {{ salesforce_id(input_column(accounts, 'parent_id')) }} as parent_id,
        {{ input_column(accounts, 'created_date') }} as created_at
    from {{ accounts['from'] }}
    where
        {{ is_active_row(accounts) }}
        and not coalesce({{ input_column(accounts, 'is_deleted') }}, false)
        and not coalesce({{ input_column(accounts, '_fivetran_deleted') }}, false)
        and {{ input_column(accounts, 'master_record_id') }} is null
),

users as (
    select
        {{ salesforce_id(input_column(users, 'id')) }} as owner_id,
        max({{ input_column(users, 'email') }}) as email
    from {{ users['from'] }}
    where {{ is_active_row(users) }}
    group by {{ salesforce_id(input_column(users, 'id')) }}
),

renewals as (
    select
        {{ salesforce_id(input_column(opportunities, 'account_id')) }} as vendor_id,
        min({{ input_column(opportunities, 'close_date') }}) as renews_on
    from {{ opportunities['from'] }}
    where
        {{ is_active_row(opportunities) }}
        and not coalesce({{ input_column(opportunities, 'is_deleted') }}, false)
        and not coalesce({{ input_column(opportunities, '_fivetran_deleted') }}, false)
        and not coalesce({{ input_column(opportunities, 'is_closed') }}, false)
        and lower({{ input_column(opportunities, 'type') }}) like '%renewal%'
    group by {{ salesforce_id(input_column(opportunities, 'account_id')) }}
),

final as (
    select
        accounts.vendor_id,
        accounts.account_id,
        accounts.name,
        accounts.industry,
        accounts.plan,
        coalesce(renewals.renews_on, accounts.renewal_date) as renews_on,
        users.email as owner,
        accounts.parent_id,
        row_number() over (
            partition by accounts.account_id
            order by accounts.created_at asc nulls last, accounts.vendor_id asc
        ) as position
    from accounts
    left join users on accounts.owner_id = users.owner_id
    left join renewals on accounts.vendor_id = renewals.vendor_id
)

select * from final
