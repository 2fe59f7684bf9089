-- A parent that no table lists and no event names has no row, so that nothing is rolled up into it.
{{ config(severity='warn') }}

with

profiles as (
    select * from {{ ref('account_profiles') }}
),

excluded_accounts as (
    select * from {{ seed('excluded_accounts') }}
)

select
    'accounts.parent_account_id is ' || profiles.parent_account_id || ' (accounts: '
    || cast(count(*) as {{ type_text() }}) || '), which is no account: list it in accounts, and the accounts'
    || ' below are rolled up into it' as warning
from profiles
left join profiles as parents on profiles.parent_account_id = parents.account_id
left join excluded_accounts on profiles.parent_account_id = excluded_accounts.account_id
where
    profiles.parent_account_id is not null
    and parents.account_id is null
    and excluded_accounts.account_id is null
group by profiles.parent_account_id
