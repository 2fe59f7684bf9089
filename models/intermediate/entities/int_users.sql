-- One row per user, listed or inferred from events. Aliases are merged, excluded users are left
-- out. The account is that of as_of.

with

users as (
    select * from {{ ref('stg_users') }}
),

aliases as (
    select distinct alias_id from {{ ref('int_identities') }}
),

user_accounts as (
    select * from {{ ref('int_user_accounts') }}
),

excluded_users as (
    select {{ person_id('user_id') }} as user_id
    from {{ seed('excluded_users') }}
),

excluded_accounts as (
    select * from {{ seed('excluded_accounts') }}
),

totals as (
    select * from {{ ref('int_event_totals') }}
    where user_id <> ''
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

listed as (
    select users.*
    from users
    left join aliases on users.user_id = aliases.alias_id
    where aliases.alias_id is null
),

seen as (
    select
        user_id,
        min(first_on) as first_seen_on,
        max(last_on) as last_seen_on,
        cast(sum(events) as bigint) as events
    from totals
    group by user_id
),

current_accounts as (
    select
        user_accounts.user_id,
        user_accounts.account_id
    from user_accounts
    inner join bounds
        on
            user_accounts.valid_from <= bounds.last_counted_day
            and (
                user_accounts.valid_until > bounds.last_counted_day
                or user_accounts.valid_until = cast('9999-12-31' as date)
            )
),

combined as (
    select
        coalesce(listed.user_id, seen.user_id) as user_id,
        current_accounts.account_id,
        listed.account_id as listed_account_id,
        listed.email,
        listed.role,
        coalesce(listed.is_internal, false) as is_internal,
        coalesce(listed.is_champion, false) as is_champion,
        listed.user_id is null as is_inferred,
        listed.created_at,
        coalesce({{ local_date('listed.created_at') }}, seen.first_seen_on) as signup_on,
        seen.first_seen_on,
        seen.last_seen_on,
        coalesce(seen.events, 0) as events
    from listed
    full outer join seen on listed.user_id = seen.user_id
    left join current_accounts on coalesce(listed.user_id, seen.user_id) = current_accounts.user_id
),

final as (
    select combined.*
    from combined
    left join excluded_users on combined.user_id = excluded_users.user_id
    left join excluded_accounts on combined.account_id = excluded_accounts.account_id
    where
        not combined.is_internal
        and excluded_users.user_id is null
        and (excluded_accounts.account_id is null or combined.events > 0)
)

select * from final
