-- One row per user and time in which the user belonged to the same account, or to none: [valid_from,
-- valid_until). It is the account of the primary membership, else the listed one, else, where no
-- table lists the user, that of the latest day with events in an account; of several on that day
-- the one with the most.

with

users as (
    select * from {{ ref('stg_users') }}
),

memberships as (
    select * from {{ ref('int_primary_memberships') }}
),

totals as (
    select * from {{ ref('int_event_totals') }}
    where user_id <> ''
),

accepted_events as (
    select * from {{ ref('int_accepted_events') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

seen_accounts as (
    select
        totals.user_id,
        totals.account_id,
        min(totals.first_on) as first_on
    from totals
    left join users on totals.user_id = users.user_id
    where
        users.user_id is null
        and totals.account_id is not null
    group by totals.user_id, totals.account_id
),

-- Most users are seen in one account only: there, days need not be looked at.
users_seen as (
    select
        user_id,
        min(account_id) as account_id,
        min(first_on) as first_on,
        count(*) as accounts
    from seen_accounts
    group by user_id
),

daily_accounts as (
    select
        accepted_events.user_id,
        accepted_events.event_date,
        accepted_events.account_id,
        row_number() over (
            partition by accepted_events.user_id, accepted_events.event_date
            order by sum(accepted_events.events) desc, {{ in_byte_order('accepted_events.account_id') }} asc
        ) as preference
    from accepted_events
    inner join users_seen on accepted_events.user_id = users_seen.user_id
    inner join bounds on accepted_events.event_date <= bounds.as_of
    where
        users_seen.accounts > 1
        and accepted_events.account_id is not null
    group by accepted_events.user_id, accepted_events.event_date, accepted_events.account_id
),

switches as (
    select
        user_id,
        event_date as valid_from,
        account_id,
        lag(account_id) over (partition by user_id order by event_date) as last_account_id
    from daily_accounts
    where preference = 1
),

inferred as (
    select
        user_id,
        valid_from,
        account_id,
        coalesce(
            lead(valid_from) over (partition by user_id order by valid_from), cast('9999-12-31' as date)
        ) as valid_until
    from switches
    where account_id <> coalesce(last_account_id, '')
    union all
    select
        user_id,
        first_on as valid_from,
        account_id,
        cast('9999-12-31' as date) as valid_until
    from users_seen
    where accounts = 1
),

boundaries as (
    select
        user_id,
        cast('0001-01-01' as date) as valid_from
    from users
    union distinct
    select
        user_id,
        cast('0001-01-01' as date) as valid_from
    from totals
    union distinct
    select
        user_id,
        cast('0001-01-01' as date) as valid_from
    from memberships
    union distinct
    select
        user_id,
        valid_from
    from memberships
    union distinct
    select
        user_id,
        valid_until as valid_from
    from memberships
    where valid_until < cast('9999-12-31' as date)
    union distinct
    select
        user_id,
        valid_from
    from inferred
),

times as (
    select
        user_id,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by user_id order by valid_from), cast('9999-12-31' as date)
        ) as valid_until
    from boundaries
),

final as (
    select
        times.user_id,
        times.valid_from,
        times.valid_until,
        coalesce(memberships.account_id, users.account_id, inferred.account_id) as account_id
    from times
    left join memberships
        on
            times.user_id = memberships.user_id
            and times.valid_from >= memberships.valid_from
            and times.valid_from < memberships.valid_until
    left join users on times.user_id = users.user_id
    left join inferred
        on
            times.user_id = inferred.user_id
            and times.valid_from >= inferred.valid_from
            and times.valid_from < inferred.valid_until
)

select * from final
