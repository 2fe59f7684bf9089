-- One row per account, as it is today; those merged into others are left out. An account whose parent was
-- merged into it has none.

{% set accounts = input('accounts') -%}

with

parents as (
    select
        merged_account_id as merged_parent_id,
        surviving_account_id as surviving_parent_id
    from {{ ref('stg_account_identities') }}
)

select
    {{ input_column(accounts, 'account_id') }} as account_id,
    case
        when parents.merged_parent_id is null then {{ input_column(accounts, 'parent_account_id') }}
        else nullif(parents.surviving_parent_id, {{ input_column(accounts, 'account_id') }})
    end as parent_account_id,
    {{ input_column(accounts, 'name') }} as name,
    {{ input_column(accounts, 'plan') }} as plan,
    {{ input_column(accounts, 'status') }} as status,
    {{ input_column(accounts, 'industry') }} as industry,
    {{ input_column(accounts, 'owner') }} as owner,
    {{ input_column(accounts, 'seats') }} as seats,
    {{ input_column(accounts, 'trial_ends_on') }} as trial_ends_on,
    {{ input_column(accounts, 'renews_on') }} as renews_on,
    {{ credible_time(input_column(accounts, 'created_at')) }} as created_at
from {{ accounts['from'] }}
{{ join_merged_accounts(accounts) }}
left join parents on {{ input_column(accounts, 'parent_account_id') }} = parents.merged_parent_id
where merged_accounts.merged_account_id is null
