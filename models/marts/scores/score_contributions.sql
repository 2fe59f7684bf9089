-- One row per user (or none), account (or none) and event that counts for a score of the latest date, or did
-- one window earlier: how often it happened, the points it gave to the user and to the account, and
-- their change.

with

event_counts as (
    select * from {{ ref('int_latest_event_counts') }}
    where weight > 0
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
    from event_counts
),

valued as (
    select
        score_date,
        is_current,
        factor,
        user_id,
        account_id,
        event_name,
        events,
        case
            when user_id = '' then 0
            when events_of_user <= {{ daily_limit('daily_cap') }}
                then {{ event_points('weight', 'events', 'daily_cap') }}
            when account_position = 1
                then {{ event_points('weight', 'events_of_user', 'daily_cap') }}
            else 0
        end as user_points,
        case
            when account_id is not null
                then {{ event_points('weight', 'events', 'daily_cap') }}
            else 0
        end as account_points
    from over_accounts
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
