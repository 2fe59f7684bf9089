-- One row per membership of a user in an account, from member_from to the day before member_until.
-- Aliases are resolved; an open end is the first or the last day there is.

with

memberships as (
    select * from {{ ref('stg_memberships') }}
),

identities as (
    select * from {{ ref('int_identities') }}
),

final as (
    select
        coalesce(identities.user_id, memberships.user_id) as user_id,
        memberships.account_id,
        coalesce(cast(memberships.valid_from as date), cast('0001-01-01' as date)) as member_from,
        coalesce(cast(memberships.valid_to as date), cast('9999-12-31' as date)) as member_until,
        coalesce(memberships.valid_from, cast('0001-01-01' as {{ type_timestamp() }})) as started_at
    from memberships
    left join identities on memberships.user_id = identities.alias_id
    where
        memberships.user_id is not null
        and memberships.account_id is not null
)

select * from final
