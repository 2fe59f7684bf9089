-- One row per merged account and the account it became, after all merges. An account that leads back
-- to itself has none; input_check names it.
{{ config(materialized='table') }}

{% set account_identities = input('account_identities') -%}

with recursive

merged_accounts as (
    select distinct
        {{ input_column(account_identities, 'alias_id') }} as alias_id,
        {{ input_column(account_identities, 'account_id') }} as account_id
    from {{ account_identities['from'] }}
),

identities as (
    select
        alias_id,
        account_id
    from merged_accounts
    where alias_id <> account_id
),

chains {{ recursive_columns(['alias_id', 'account_id', 'hops']) }} as (
    select
        alias_id,
        account_id,
        1 as hops
    from identities
    union all
    select
        chains.alias_id,
        identities.account_id,
        chains.hops + 1 as hops
    from chains
    inner join identities on chains.account_id = identities.alias_id
    where chains.hops < 100
),

final as (
    select distinct
        chains.alias_id as merged_account_id,
        case when identities.alias_id is null then chains.account_id end as surviving_account_id
    from chains
    left join identities on chains.account_id = identities.alias_id
    where
        identities.alias_id is null
        or chains.hops = 100
)

select * from final
