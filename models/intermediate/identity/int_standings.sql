-- One row per received user id that identities, users, memberships or exclusions say something about:
-- whose id it is, the account in users, whether it is excluded; and per excluded account. standing is all
-- of it, with the memberships, as one text: when that changes, the events of the id are resolved again.

with

identities as (
    select * from {{ ref('int_identities') }}
),

users as (
    select * from {{ ref('stg_users') }}
),

spells as (
    select * from {{ ref('int_membership_spells') }}
),

excluded_users as (
    select * from {{ ref('excluded_users') }}
),

excluded_accounts as (
    select * from {{ ref('excluded_accounts') }}
),

membership_lists as (
    select
        user_id,
        {{ joined_text(
            "cast(spell_from as " ~ type_text() ~ ") || ' ' || cast(spell_until as " ~ type_text()
            ~ ") || ' ' || account_id",
            'spell_from'
        ) }} as memberships
    from spells
    group by user_id
),

received_ids as (
    select alias_id as received_id from identities
    union distinct
    select user_id as received_id from identities
    union distinct
    select user_id as received_id from users
    union distinct
    select user_id as received_id from membership_lists
    union distinct
    select user_id as received_id from excluded_users
),

resolved as (
    select
        received_ids.received_id,
        coalesce(identities.user_id, received_ids.received_id) as user_id
    from received_ids
    left join identities on received_ids.received_id = identities.alias_id
),

standings as (
    select
        'user' as entity_type,
        resolved.received_id,
        resolved.user_id,
        users.account_id,
        coalesce(users.is_internal, false)
        or excluded_users.user_id is not null
        or excluded_received.user_id is not null as is_excluded,
        membership_lists.memberships
    from resolved
    left join users on resolved.user_id = users.user_id
    left join membership_lists on resolved.user_id = membership_lists.user_id
    left join excluded_users on resolved.user_id = excluded_users.user_id
    left join excluded_users as excluded_received on resolved.received_id = excluded_received.user_id
    union all
    select
        'account' as entity_type,
        account_id as received_id,
        cast(null as {{ type_text() }}) as user_id,
        account_id,
        true as is_excluded,
        cast(null as {{ type_text() }}) as memberships
    from excluded_accounts
),

final as (
    select
        entity_type,
        received_id,
        user_id,
        account_id,
        is_excluded,
        coalesce(user_id, '') || '|' || coalesce(account_id, '') || '|'
        || case when is_excluded then 'excluded' else '' end || '|' || coalesce(memberships, '') as standing
    from standings
)

select * from final
