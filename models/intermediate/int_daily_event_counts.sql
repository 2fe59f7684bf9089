-- One row per day, user, account (or none) and event: how often it happened.
-- Ids are resolved, each event has its one account, and excluded users and accounts are marked. All
-- other models start from here; days after as_of are still among them.
-- depends_on: {{ ref('input_check') }}

with

events as (
    select * from {{ ref('stg_events') }}
    where rejection_reason is null
),

duplicates as (
    select * from {{ ref('int_duplicate_events') }}
),

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

usable_counts as (
    select
        event_date,
        user_id as received_user_id,
        account_id as received_account_id,
        event_name,
        count(*) as events
    from events
    group by event_date, user_id, account_id, event_name
),

duplicate_counts as (
    select
        event_date,
        user_id as received_user_id,
        account_id as received_account_id,
        event_name,
        -count(*) as events
    from duplicates
    group by event_date, user_id, account_id, event_name
),

all_counts as (
    select * from usable_counts
    union all
    select * from duplicate_counts
),

identified as (
    select
        all_counts.event_date,
        all_counts.received_user_id,
        coalesce(identities.user_id, all_counts.received_user_id) as user_id,
        all_counts.received_account_id,
        all_counts.event_name,
        all_counts.events
    from all_counts
    left join identities on all_counts.received_user_id = identities.alias_id
),

days_without_account as (
    select distinct
        event_date,
        user_id
    from identified
    where received_account_id is null
),

membership_candidates as (
    select
        days_without_account.event_date,
        days_without_account.user_id,
        memberships.account_id,
        row_number() over (
            partition by days_without_account.event_date, days_without_account.user_id
            order by memberships.started_at desc, memberships.account_id asc
        ) as preference
    from days_without_account
    inner join memberships
        on
            days_without_account.user_id = memberships.user_id
            and days_without_account.event_date >= memberships.member_from
            and days_without_account.event_date < memberships.member_until
),

accounted as (
    select
        identified.event_date,
        identified.received_user_id,
        identified.user_id,
        coalesce(
            identified.received_account_id, membership_candidates.account_id, users.account_id
        ) as account_id,
        identified.event_name,
        identified.events,
        coalesce(users.is_internal, false) as is_internal
    from identified
    left join membership_candidates
        on
            identified.event_date = membership_candidates.event_date
            and identified.user_id = membership_candidates.user_id
            and membership_candidates.preference = 1
    left join users on identified.user_id = users.user_id
),

marked as (
    select
        accounted.*,
        accounted.is_internal
        or excluded_users.user_id is not null
        or received_excluded_users.user_id is not null
        or excluded_accounts.account_id is not null as is_excluded
    from accounted
    left join excluded_users on accounted.user_id = excluded_users.user_id
    left join excluded_users as received_excluded_users
        on accounted.received_user_id = received_excluded_users.user_id
    left join excluded_accounts on accounted.account_id = excluded_accounts.account_id
),

final as (
    select
        event_date,
        user_id,
        account_id,
        event_name,
        is_excluded,
        cast(sum(events) as bigint) as events
    from marked
    group by event_date, user_id, account_id, event_name, is_excluded
    having sum(events) > 0
)

select * from final
