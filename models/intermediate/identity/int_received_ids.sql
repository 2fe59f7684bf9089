-- One row per received user id that identities, users or exclusions name, and time in which it
-- belonged to the same user, [valid_from, valid_until): that user, the account in users, and whether
-- its events are excluded. And one row per account that was merged or is excluded.

with

identities as (
    select * from {{ ref('int_identities') }}
),

users as (
    select * from {{ ref('stg_users') }}
),

excluded_users as (
    select {{ person_id('user_id') }} as user_id
    from {{ seed('excluded_users') }}
),

account_identities as (
    select * from {{ ref('stg_account_identities') }}
),

excluded_accounts as (
    select * from {{ seed('excluded_accounts') }}
),

received_accounts as (
    select merged_account_id as received_id from account_identities
    union distinct
    select account_id as received_id from excluded_accounts
),

received_ids as (
    select alias_id as received_id from identities
    union distinct
    select user_id as received_id from identities
    union distinct
    select user_id as received_id from users
    union distinct
    select user_id as received_id from excluded_users
),

resolved as (
    select
        received_ids.received_id,
        coalesce(identities.user_id, received_ids.received_id) as user_id,
        coalesce(identities.valid_from, cast('0001-01-01' as date)) as valid_from,
        coalesce(identities.valid_until, cast('9999-12-31' as date)) as valid_until
    from received_ids
    left join identities on received_ids.received_id = identities.alias_id
),

final as (
    select
        'user' as entity_type,
        resolved.received_id,
        resolved.valid_from,
        resolved.valid_until,
        resolved.user_id,
        users.account_id,
        coalesce(users.is_internal, false)
        or excluded_users.user_id is not null
        or excluded_received.user_id is not null as is_excluded
    from resolved
    left join users on resolved.user_id = users.user_id
    left join excluded_users on resolved.user_id = excluded_users.user_id
    left join excluded_users as excluded_received on resolved.received_id = excluded_received.user_id
    union all
    select
        'account' as entity_type,
        received_accounts.received_id,
        cast('0001-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_until,
        cast(null as {{ type_text() }}) as user_id,
        coalesce(account_identities.surviving_account_id, received_accounts.received_id) as account_id,
        excluded_accounts.account_id is not null
        or excluded_received.account_id is not null as is_excluded
    from received_accounts
    left join account_identities on received_accounts.received_id = account_identities.merged_account_id
    left join excluded_accounts
        on
            coalesce(account_identities.surviving_account_id, received_accounts.received_id)
            = excluded_accounts.account_id
    left join excluded_accounts as excluded_received
        on received_accounts.received_id = excluded_received.account_id
)

select * from final
