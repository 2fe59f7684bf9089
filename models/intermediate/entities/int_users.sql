-- One row per user, listed or inferred from events. Aliases are merged, excluded users are left
-- out. A user without an account belongs to the account of a membership, or else of the latest
-- events.

with

users as (
    select * from {{ ref('stg_users') }}
),

identities as (
    select * from {{ ref('int_identities') }}
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

totals as (
    select * from {{ ref('int_event_totals') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

listed as (
    select users.*
    from users
    left join identities on users.user_id = identities.alias_id
    where identities.alias_id is null
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

event_accounts as (
    select
        totals.user_id,
        totals.account_id,
        row_number() over (
            partition by totals.user_id
            order by
                max(totals.last_on) desc,
                sum(totals.events) desc,
                {{ in_byte_order('totals.account_id') }} asc
        ) as preference
    from totals
    left join listed on totals.user_id = listed.user_id
    where
        listed.user_id is null
        and totals.account_id is not null
    group by totals.user_id, totals.account_id
),

current_memberships as (
    select
        memberships.user_id,
        memberships.account_id,
        row_number() over (
            partition by memberships.user_id
            order by memberships.started_at desc, {{ in_byte_order('memberships.account_id') }} asc
        ) as preference
    from memberships
    inner join bounds
        on
            memberships.member_from <= bounds.as_of
            and memberships.member_until > bounds.as_of
),

combined as (
    select
        coalesce(listed.user_id, seen.user_id) as user_id,
        coalesce(listed.account_id, current_memberships.account_id, event_accounts.account_id) as account_id,
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
    left join current_memberships
        on
            coalesce(listed.user_id, seen.user_id) = current_memberships.user_id
            and current_memberships.preference = 1
    left join event_accounts
        on
            seen.user_id = event_accounts.user_id
            and event_accounts.preference = 1
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
