-- One row per day, received user, received account (or none) and event: how often it happened, whose event it
-- is, and whether it is excluded. What was read is counted; what only changed hands keeps its count.
-- depends_on: {{ ref('input_check') }}
{{ config(materialized='ephemeral') }}

with

events as (
    select * from {{ ref('int_read_events') }}
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
        count(*) as copies
    from duplicates
    group by event_date, user_id, account_id, event_name
),

kept_counts as (
    select
        event_date,
        received_user_id,
        received_account_id,
        event_name,
        events
    from {{ ref('int_replaced_counts') }}
    where event_date not in (select event_date from {{ ref('int_touched_days') }})
),

received_counts as (
    select
        usable_counts.event_date,
        usable_counts.received_user_id,
        usable_counts.received_account_id,
        usable_counts.event_name,
        usable_counts.events - coalesce(duplicate_counts.copies, 0) as events
    from usable_counts
    left join duplicate_counts
        on
            usable_counts.event_date = duplicate_counts.event_date
            and usable_counts.received_user_id = duplicate_counts.received_user_id
            and coalesce(usable_counts.received_account_id, '') = coalesce(duplicate_counts.received_account_id, '')
            and usable_counts.event_name = duplicate_counts.event_name
    where usable_counts.events > coalesce(duplicate_counts.copies, 0)
    union all
    select * from kept_counts
),

identified as (
    select
        received_counts.*,
        coalesce(identities.user_id, received_counts.received_user_id) as user_id
    from received_counts
    left join identities on received_counts.received_user_id = identities.alias_id
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
        identified.received_account_id,
        identified.event_name,
        identified.user_id,
        coalesce(
            identified.received_account_id, membership_candidates.account_id, users.account_id
        ) as account_id,
        coalesce(users.is_internal, false) as is_internal,
        identified.events
    from identified
    left join membership_candidates
        on
            identified.received_account_id is null
            and identified.event_date = membership_candidates.event_date
            and identified.user_id = membership_candidates.user_id
            and membership_candidates.preference = 1
    left join users on identified.user_id = users.user_id
),

final as (
    select
        accounted.event_date,
        accounted.received_user_id,
        accounted.received_account_id,
        accounted.event_name,
        accounted.user_id,
        accounted.account_id,
        accounted.is_internal
        or excluded_users.user_id is not null
        or excluded_received.user_id is not null
        or excluded_accounts.account_id is not null as is_excluded,
        cast(accounted.events as bigint) as events
    from accounted
    left join excluded_users on accounted.user_id = excluded_users.user_id
    left join excluded_users as excluded_received
        on accounted.received_user_id = excluded_received.user_id
    left join excluded_accounts on accounted.account_id = excluded_accounts.account_id
)

select * from final
