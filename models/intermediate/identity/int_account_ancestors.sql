-- One row per account and account above it: its parent, the parent of that, and so on, up to 100 levels.
-- An account that leads back to itself is among those above it; input_check names it.

with recursive

parents as (
    select
        account_id,
        {{ first_text('parent_account_id') }} as parent_account_id
    from {{ ref('stg_accounts') }}
    where parent_account_id is not null
    group by account_id
),

chains {{ recursive_columns(['account_id', 'ancestor_id', 'levels']) }} as (
    select
        account_id,
        parent_account_id as ancestor_id,
        1 as levels
    from parents
    union all
    select
        chains.account_id,
        parents.parent_account_id as ancestor_id,
        chains.levels + 1 as levels
    from chains
    inner join parents on chains.ancestor_id = parents.account_id
    where
        chains.levels < 100
        and chains.ancestor_id <> chains.account_id
),

final as (
    select
        account_id,
        ancestor_id,
        min(levels) as levels
    from chains
    group by account_id, ancestor_id
)

select * from final
