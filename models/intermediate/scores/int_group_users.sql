-- One row per account with accounts below it: its members and active users on as_of, and those of the
-- accounts below. A user of several of them counts once.

with

ancestors as (
    select * from {{ ref('int_account_ancestors') }}
),

accounts as (
    select * from {{ ref('int_accounts') }}
),

account_members as (
    select * from {{ ref('int_account_members') }}
),

user_account_windows as (
    select * from {{ ref('int_user_account_windows') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_in_force
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

grouped_accounts as (
    select
        ancestors.ancestor_id as group_id,
        ancestors.account_id
    from ancestors
    inner join accounts on ancestors.account_id = accounts.account_id
),

group_accounts as (
    select * from grouped_accounts
    union all
    select distinct
        group_id,
        group_id as account_id
    from grouped_accounts
),

members as (
    select
        group_accounts.group_id,
        count(distinct account_members.user_id) as members
    from group_accounts
    inner join account_members on group_accounts.account_id = account_members.account_id
    inner join bounds
        on
            account_members.member_from <= bounds.as_of
            and account_members.member_until > bounds.as_of
    group by group_accounts.group_id
),

active_users as (
    select
        group_accounts.group_id,
        count(distinct user_account_windows.user_id) as active_users
    from group_accounts
    inner join user_account_windows on group_accounts.account_id = user_account_windows.account_id
    inner join bounds on user_account_windows.score_date = bounds.as_of
    inner join score_dates
        on
            user_account_windows.score_date = score_dates.score_date
            and user_account_windows.version = score_dates.version
    where
        user_account_windows.user_id <> ''
        and {{ bitset_is_not_empty(active_day_bitsets()) }}
    group by group_accounts.group_id
),

final as (
    select
        accounts.account_id,
        coalesce(members.members, 0) as members,
        coalesce(active_users.active_users, 0) as active_users
    from accounts
    left join members on accounts.account_id = members.group_id
    left join active_users on accounts.account_id = active_users.group_id
    where accounts.account_id in (select grouped_accounts.group_id from grouped_accounts)
)

select * from final
