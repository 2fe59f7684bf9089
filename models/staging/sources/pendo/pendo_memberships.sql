-- One row per visitor and account, from the first update of the visitor that has it (if that is the visitor's
-- first, since always) to the next after the last.

{{ config(enabled='pendo' in var('sources')) }}

{% set visitor_accounts = source_table('pendo', 'visitor_accounts') -%}
with

updates as (
    select distinct
        {{ input_column(visitor_accounts, 'visitor_id') }} as user_id,
        {{ input_column(visitor_accounts, 'account_id') }} as account_id,
        {{ input_column(visitor_accounts, 'visitor_last_updated_at') }} as updated_at
    from {{ visitor_accounts['from'] }}
),

visits as (
    select distinct
        user_id,
        updated_at
    from updates
    where user_id is not null and updated_at is not null
),

numbered as (
    select
        user_id,
        updated_at,
        lag(updated_at) over (partition by user_id order by updated_at) as last_updated_at,
        lead(updated_at) over (partition by user_id order by updated_at) as next_updated_at
    from visits
),

pairs as (
    select
        user_id,
        account_id,
        min(updated_at) as first_at,
        max(updated_at) as last_at
    from updates
    where account_id is not null
    group by user_id, account_id
)

select
    pairs.user_id,
    pairs.account_id,
    case when firsts.last_updated_at is not null then pairs.first_at end as valid_from,
    lasts.next_updated_at as valid_to
from pairs
inner join numbered as firsts
    on
        pairs.user_id = firsts.user_id
        and pairs.first_at = firsts.updated_at
inner join numbered as lasts
    on
        pairs.user_id = lasts.user_id
        and pairs.last_at = lasts.updated_at
