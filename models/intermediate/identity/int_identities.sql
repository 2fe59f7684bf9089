-- One row per alias and the user it belongs to after all merges. An alias that leads back to itself
-- has no row; input_check names it.

with recursive

identities as (
    select distinct
        alias_id,
        user_id
    from {{ ref('stg_identities') }}
    where
        alias_id is not null
        and user_id is not null
        and alias_id <> user_id
),

chains {{ recursive_columns(['alias_id', 'user_id', 'hops']) }} as (
    select
        alias_id,
        user_id,
        1 as hops
    from identities
    union all
    select
        chains.alias_id,
        identities.user_id,
        chains.hops + 1 as hops
    from chains
    inner join identities on chains.user_id = identities.alias_id
    where chains.hops < 100
),

final as (
    select
        chains.alias_id,
        chains.user_id
    from chains
    left join identities on chains.user_id = identities.alias_id
    where identities.alias_id is null
)

select * from final
