-- One row per alias and time in which it belonged to the same user after all merges: [valid_from,
-- valid_until). On each day an alias belongs to the user whose row is valid then; if several are, to
-- the one that began last; if none is, to the one that began last before, else to the first. Each
-- step of a chain looks at the same day. A chain that leads back to itself has no user, and
-- input_check names it.

with recursive

identities as (
    select
        alias_id,
        user_id,
        coalesce(cast(valid_from as date), cast('0001-01-01' as date)) as valid_from,
        coalesce(cast(valid_to as date), cast('9999-12-31' as date)) as valid_until
    from {{ ref('stg_identities') }}
    where
        alias_id is not null
        and user_id is not null
        and alias_id <> user_id
        and (valid_from is null or valid_to is null or cast(valid_from as date) < cast(valid_to as date))
),

boundaries as (
    select
        alias_id,
        cast('0001-01-01' as date) as valid_from
    from identities
    union distinct
    select
        alias_id,
        valid_from
    from identities
    union distinct
    select
        alias_id,
        valid_until as valid_from
    from identities
    where valid_until < cast('9999-12-31' as date)
),

times as (
    select
        alias_id,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by alias_id order by valid_from), cast('9999-12-31' as date)
        ) as valid_until
    from boundaries
),

candidates as (
    select
        times.alias_id,
        times.valid_from,
        times.valid_until,
        identities.user_id,
        row_number() over (
            partition by times.alias_id, times.valid_from
            order by
                case
                    when identities.valid_from > times.valid_from then 2
                    when identities.valid_until <= times.valid_from then 1
                    else 0
                end asc,
                abs({{ days_between('identities.valid_from', 'times.valid_from') }}) asc,
                {{ in_byte_order('identities.user_id') }} asc
        ) as preference
    from times
    inner join identities on times.alias_id = identities.alias_id
),

owners as (
    select
        alias_id,
        valid_from,
        valid_until,
        user_id
    from candidates
    where preference = 1
),

chains {{ recursive_columns(['alias_id', 'user_id', 'valid_from', 'valid_until', 'hops']) }} as (
    select
        alias_id,
        user_id,
        valid_from,
        valid_until,
        1 as hops
    from owners
    union all
    select
        chains.alias_id,
        owners.user_id,
        greatest(chains.valid_from, owners.valid_from) as valid_from,
        least(chains.valid_until, owners.valid_until) as valid_until,
        chains.hops + 1 as hops
    from chains
    inner join owners
        on
            chains.user_id = owners.alias_id
            and chains.valid_from < owners.valid_until
            and chains.valid_until > owners.valid_from
    where chains.hops < 100
),

aliases as (
    select distinct alias_id from identities
),

ends as (
    select
        chains.alias_id,
        chains.valid_from,
        case when aliases.alias_id is null then chains.user_id end as user_id
    from chains
    left join aliases on chains.user_id = aliases.alias_id
    where
        aliases.alias_id is null
        or chains.hops = 100
),

changes as (
    select
        *,
        lag(user_id) over (partition by alias_id order by valid_from) as last_user_id
    from ends
),

final as (
    select
        alias_id,
        user_id,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by alias_id order by valid_from), cast('9999-12-31' as date)
        ) as valid_until
    from changes
    where
        user_id is null
        or user_id <> coalesce(last_user_id, '')
)

select * from final
