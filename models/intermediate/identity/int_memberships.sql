-- One row per membership of a user in an account, from member_from to the day before member_until.
-- Aliases are resolved, each day by itself; an open end is the first or the last day there is.

with

memberships as (
    select
        user_id,
        account_id,
        valid_from,
        coalesce(cast(valid_from as date), cast('0001-01-01' as date)) as member_from,
        coalesce(cast(valid_to as date), cast('9999-12-31' as date)) as member_until
    from {{ ref('stg_memberships') }}
    where
        user_id is not null
        and account_id is not null
),

identities as (
    select * from {{ ref('int_identities') }}
),

final as (
    select
        coalesce(identities.user_id, memberships.user_id) as user_id,
        memberships.account_id,
        greatest(memberships.member_from, coalesce(identities.valid_from, memberships.member_from))
            as member_from,
        least(memberships.member_until, coalesce(identities.valid_until, memberships.member_until))
            as member_until,
        coalesce(memberships.valid_from, cast('0001-01-01' as {{ type_timestamp() }})) as started_at
    from memberships
    left join identities
        on
            memberships.user_id = identities.alias_id
            and memberships.member_from < identities.valid_until
            and memberships.member_until > identities.valid_from
)

select * from final
