-- One row per account, user and time in which the user is a member: [member_from, member_until).
-- Users are members by a membership; else by their own account; and from their first accepted event
-- in the account on. Times of one member may overlap.

with

users as (
    select * from {{ ref('int_users') }}
),

memberships as (
    select * from {{ ref('int_memberships') }}
),

totals as (
    select * from {{ ref('int_event_totals') }}
    where
        account_id is not null
        and user_id <> ''
),

valid_memberships as (
    select
        memberships.user_id,
        memberships.account_id,
        memberships.member_from,
        memberships.member_until
    from memberships
    inner join users on memberships.user_id = users.user_id
    where memberships.member_from < memberships.member_until
),

ordered_memberships as (
    select
        user_id,
        member_from,
        max(member_until) over (
            partition by user_id order by member_from
            rows between unbounded preceding and 1 preceding
        ) as earlier_until
    from valid_memberships
),

membership_ends as (
    select
        user_id,
        max(member_until) as last_until
    from valid_memberships
    group by user_id
),

times_without_membership as (
    select
        user_id,
        coalesce(earlier_until, cast('0001-01-01' as date)) as free_from,
        member_from as free_until
    from ordered_memberships
    where coalesce(earlier_until, cast('0001-01-01' as date)) < member_from
    union all
    select
        users.user_id,
        coalesce(membership_ends.last_until, cast('0001-01-01' as date)) as free_from,
        cast('9999-12-31' as date) as free_until
    from users
    left join membership_ends on users.user_id = membership_ends.user_id
),

own_accounts as (
    select
        times_without_membership.user_id,
        users.listed_account_id as account_id,
        greatest(
            times_without_membership.free_from, coalesce(users.signup_on, cast('0001-01-01' as date))
        ) as member_from,
        times_without_membership.free_until as member_until
    from times_without_membership
    inner join users on times_without_membership.user_id = users.user_id
    where users.listed_account_id is not null
),

participants as (
    select
        user_id,
        account_id,
        min(first_on) as member_from,
        cast('9999-12-31' as date) as member_until
    from totals
    group by user_id, account_id
),

final as (
    select * from valid_memberships
    union all
    select * from own_accounts
    where member_from < member_until
    union all
    select * from participants
)

select * from final
