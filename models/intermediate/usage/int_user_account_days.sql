-- One row per version, day, account (or none) and user ('': none) with events that count: the
-- points of the day, before decay, and what the day adds to the bit sets of a window. The daily cap
-- applies to each user in each account. For a user in several accounts it applies again over all of
-- them: user_points is the row's part of the user's own points. On a day with several accounts the
-- first (none, then the smallest id) carries all of them, and the others 0.

{% set bitset_columns = event_name_bitsets() + feature_bitsets() -%}

with

accepted_events as (
    select * from {{ ref('int_accepted_events') }}
    where {{ restated('event_date') }}
),

event_weights as (
    select * from {{ ref('int_event_weights_by_day') }}
),

counted_days as (
    {{ day_values('accepted_events', ['account_id', 'user_id'], bitset_columns) }}
),

-- Where ids were merged, their events have to be added up before the cap applies.
merged_days as (
    select distinct
        event_date,
        user_id
    from accepted_events
    where is_merged
),

merged_events as (
    select
        event_date,
        account_id,
        user_id,
        event_name,
        cast(sum(events) as bigint) as events
    from accepted_events
    where {{ in_rows_of('merged_days', ['event_date', 'user_id']) }}
    group by event_date, account_id, user_id, event_name
),

user_account_days as (
    select counted_days.*
    from counted_days
    left join merged_days
        on
            counted_days.event_date = merged_days.event_date
            and counted_days.user_id = merged_days.user_id
    where merged_days.user_id is null
    union all
    {{ day_values('merged_events', ['account_id', 'user_id'], bitset_columns) }}
),

shared_days as (
    select
        version,
        event_date,
        user_id,
        min(coalesce(account_id, '')) as first_account_id
    from user_account_days
    where user_id <> ''
    group by version, event_date, user_id
    having min(coalesce(account_id, '')) < max(coalesce(account_id, ''))
),

shared_events as (
    select
        event_date,
        user_id,
        event_name,
        cast(sum(events) as bigint) as events
    from accepted_events
    where {{ in_rows_of('shared_days', ['event_date', 'user_id']) }}
    group by event_date, user_id, event_name
),

shared_points as (
    select
        shared_days.version,
        shared_days.event_date,
        shared_days.user_id,
        shared_days.first_account_id,
        {{ day_points('event_weights.weight', 'shared_events.events', 'event_weights.daily_cap') }} as points
    from shared_days
    inner join shared_events
        on
            shared_days.event_date = shared_events.event_date
            and shared_days.user_id = shared_events.user_id
    inner join event_weights
        on
            shared_days.version = event_weights.version
            and shared_events.event_date = event_weights.event_date
            and shared_events.event_name = event_weights.event_name
    group by
        shared_days.version,
        shared_days.event_date,
        shared_days.user_id,
        shared_days.first_account_id
),

final as (
    select
        user_account_days.version,
        user_account_days.event_date,
        user_account_days.account_id,
        user_account_days.user_id,
        user_account_days.points,
        case
            when shared_points.user_id is null then user_account_days.points
            when coalesce(user_account_days.account_id, '') = shared_points.first_account_id
                then shared_points.points
            else 0
        end as user_points,
        user_account_days.scored_events,
        user_account_days.is_active,
        {{ select_columns(bitset_columns, 'user_account_days.{}') }}
    from user_account_days
    left join shared_points
        on
            user_account_days.version = shared_points.version
            and user_account_days.event_date = shared_points.event_date
            and user_account_days.user_id = shared_points.user_id
)

-- In the order of users, the sums over windows find the rows of a group side by side: in half the time.
select * from final
order by user_id
