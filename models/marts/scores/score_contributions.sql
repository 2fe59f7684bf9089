-- One row per user (or none), account (or none) and event that counts for a score of the latest date, or did
-- one window earlier: how often it happened, the points it gave to the user and to the account, and
-- their change.

with

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

score_dates as (
    select score_dates.*
    from {{ ref('int_score_dates') }} as score_dates
    inner join bounds on score_dates.score_date = bounds.as_of
    where score_dates.is_in_force
),

-- The days of the window, and of the one before under the same version.
window_days as (
    select
        score_dates.score_date,
        score_dates.version,
        score_dates.half_life_days,
        days.date_day as event_date,
        days.date_day > {{ add_days('score_dates.score_date', '-score_dates.window_days') }} as is_current,
        {{ days_between('days.date_day', 'score_dates.score_date') }} as days_ago,
        score_dates.window_days
    from score_dates
    inner join {{ ref('int_calendar_days') }} as days
        on
            {{ add_days('score_dates.score_date', '-2 * score_dates.window_days') }} < days.date_day
            and score_dates.score_date >= days.date_day
),

aged as (
    select
        *,
        case when is_current then days_ago else days_ago - window_days end as age_days
    from window_days
),

factors as (
    select
        score_date,
        version,
        event_date,
        is_current,
        {{ decay_factor('age_days', 'half_life_days') }} as factor
    from aged
),

events as (
    select * from {{ ref('int_event_weights_by_day') }}
    where weight > 0
),

daily_events as (
    select
        accepted_events.event_date,
        accepted_events.user_id,
        accepted_events.account_id,
        accepted_events.event_name,
        cast(sum(accepted_events.events) as bigint) as events
    from {{ ref('int_accepted_events') }} as accepted_events
    inner join factors on accepted_events.event_date = factors.event_date
    group by
        accepted_events.event_date,
        accepted_events.user_id,
        accepted_events.account_id,
        accepted_events.event_name
),

-- The daily cap holds for a user over all accounts: where it binds, the first of them carries the points
-- alone.
over_accounts as (
    select
        *,
        cast(sum(events) over (partition by event_date, user_id, event_name) as bigint) as events_of_user,
        row_number() over (
            partition by event_date, user_id, event_name
            order by {{ in_byte_order("coalesce(account_id, '')") }}
        ) as account_position
    from daily_events
),

valued as (
    select
        factors.score_date,
        factors.is_current,
        factors.factor,
        over_accounts.user_id,
        over_accounts.account_id,
        over_accounts.event_name,
        over_accounts.events,
        case
            when over_accounts.user_id = '' then 0
            when over_accounts.events_of_user <= {{ daily_limit('events.daily_cap') }}
                then {{ event_points('events.weight', 'over_accounts.events', 'events.daily_cap') }}
            when over_accounts.account_position = 1
                then {{ event_points('events.weight', 'over_accounts.events_of_user', 'events.daily_cap') }}
            else 0
        end as user_points,
        case
            when over_accounts.account_id is not null
                then {{ event_points('events.weight', 'over_accounts.events', 'events.daily_cap') }}
            else 0
        end as account_points
    from over_accounts
    inner join factors on over_accounts.event_date = factors.event_date
    inner join events
        on
            factors.version = events.version
            and over_accounts.event_date = events.event_date
            and over_accounts.event_name = events.event_name
),

summed as (
    select
        score_date,
        user_id,
        account_id,
        event_name,
        cast(sum(case when is_current then events else 0 end) as bigint) as events,
        cast(sum(case when is_current then 0 else events end) as bigint) as previous_events,
        {{ window_points('case when is_current then user_points else 0 end', 'factor') }} as user_points,
        {{ window_points('case when is_current then user_points else -user_points end', 'factor') }}
            as user_points_change,
        {{ window_points('case when is_current then account_points else 0 end', 'factor') }}
            as account_points,
        {{ window_points('case when is_current then account_points else -account_points end', 'factor') }}
            as account_points_change
    from valued
    group by score_date, user_id, account_id, event_name
),

final as (
    select
        score_date,
        nullif(user_id, '') as user_id,
        account_id,
        event_name,
        events,
        previous_events,
        user_points,
        user_points_change,
        case
            when user_id <> ''
                then {{ rate('user_points', 'sum(user_points) over (partition by user_id)') }}
        end as share_of_user,
        account_points,
        account_points_change,
        case
            when account_id is not null
                then {{ rate('account_points', 'sum(account_points) over (partition by account_id)') }}
        end as share_of_account
    from summed
)

select * from final
