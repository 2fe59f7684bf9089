-- One row per received user id that identities, users, memberships or exclusions say something about, and per
-- excluded account: all they say, as one text. When that changes, the events of the id are resolved again.

with

identities as (
    select * from {{ ref('int_identities') }}
),

users as (
    select * from {{ ref('stg_users') }}
),

memberships as (
    select * from {{ ref('int_memberships') }}
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
            "cast(member_from as " ~ type_text() ~ ") || ' ' || cast(member_until as " ~ type_text()
            ~ ") || ' ' || cast(started_at as " ~ type_text() ~ ") || ' ' || account_id",
            'started_at, account_id, member_until'
        ) }} as memberships
    from memberships
    group by user_id
),

received_ids as (
    select alias_id as received_user_id from identities
    union
    select user_id from identities
    union
    select user_id from users
    union
    select user_id from membership_lists
    union
    select user_id from excluded_users
),

resolved as (
    select
        received_ids.received_user_id,
        coalesce(identities.user_id, received_ids.received_user_id) as user_id
    from received_ids
    left join identities on received_ids.received_user_id = identities.alias_id
),

final as (
    select
        'user' as entity_type,
        resolved.received_user_id as received_id,
        resolved.user_id
        || '|' || coalesce(users.account_id, '')
        || '|' || case when
            coalesce(users.is_internal, false)
            or excluded_users.user_id is not null
            or excluded_received.user_id is not null then 'excluded' else '' end
        || '|' || coalesce(membership_lists.memberships, '') as standing
    from resolved
    left join users on resolved.user_id = users.user_id
    left join membership_lists on resolved.user_id = membership_lists.user_id
    left join excluded_users on resolved.user_id = excluded_users.user_id
    left join excluded_users as excluded_received on resolved.received_user_id = excluded_received.user_id
    union all
    select
        'account' as entity_type,
        account_id as received_id,
        'excluded' as standing
    from excluded_accounts
)

select * from final
