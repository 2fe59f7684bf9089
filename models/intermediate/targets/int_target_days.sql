-- One row per account, band that it can reach, event and day on which steps add events: how many. Events are
-- of the account's own kinds, those of the latest window or the one before. They are added where one counts
-- most, until the band is reached: so no fewer would do, and none of them can be left out.

{% set points_before -%}
    coalesce(
        case
            when ordered.recent_points_in_reach < targets.points_missing then ordered.all_points_before
            else ordered.recent_points_before
        end,
        0
    )
{%- endset -%}

with

targets as (
    select * from {{ ref('int_targets') }}
    where
        not is_reached
        and cap is not null
),

event_counts as (
    select * from {{ ref('int_latest_event_counts') }}
    where
        account_id is not null
        and weight > 0
),

window_days as (
    select * from {{ ref('int_latest_window_days') }}
    where
        is_current
        and factor > 0
),

people as (
    select
        account_id,
        count(case when user_id <> '' and recency <> 'member' then 1 end) as recent_users,
        count(case when recency = 'member' then 1 end) as other_members
    from {{ ref('int_target_people') }}
    group by account_id
),

target_accounts as (
    select
        account_id,
        max(points_missing) as most_points_missing
    from targets
    group by account_id
),

-- Nobody is asked for more on a day than one user of the account has done on one, nor for more than counts.
kinds as (
    select
        event_counts.account_id,
        event_counts.event_name,
        max(event_counts.weight) as weight,
        least(max(event_counts.events), max({{ daily_limit('event_counts.daily_cap') }})) as daily_limit,
        sum(event_counts.events) as uses,
        sum(case when event_counts.is_current then event_counts.events else 0 end) as current_uses,
        max(case when event_counts.user_id = '' then 0 else 1 end) as has_users,
        max(case when event_counts.user_id = '' then 1 else 0 end) as has_none
    from event_counts
    inner join target_accounts on event_counts.account_id = target_accounts.account_id
    group by event_counts.account_id, event_counts.event_name
),

kinds_of_people as (
    select
        kinds.*,
        kinds.daily_limit * (kinds.has_users * people.recent_users + kinds.has_none) as recent_limit,
        kinds.daily_limit * kinds.has_users * people.other_members as other_room
    from kinds
    inner join people on kinds.account_id = people.account_id
),

-- No step counts less, on the day that counts least, than the kind with which the heaviest ones suffice.
counting as (
    select
        count(*) as days,
        min(factor) as least_factor
    from window_days
),

weighed as (
    select
        kinds_of_people.account_id,
        {{ as_decimal('kinds_of_people.weight * counting.least_factor', 18, 12) }} as least_points_each,
        sum(
            {{ as_decimal(
                'greatest(counting.days * kinds_of_people.recent_limit - kinds_of_people.current_uses, 0)', 18, 0
            ) }}
            * {{ as_decimal('kinds_of_people.weight * counting.least_factor', 18, 12) }}
        ) over (
            partition by kinds_of_people.account_id
            order by kinds_of_people.weight desc, {{ in_byte_order('kinds_of_people.event_name') }} asc
            rows between unbounded preceding and current row
        ) as points_in_reach
    from kinds_of_people
    cross join counting
),

sufficient as (
    select
        weighed.account_id,
        max(weighed.least_points_each) as points_each
    from weighed
    inner join target_accounts
        on
            weighed.account_id = target_accounts.account_id
            and weighed.points_in_reach >= target_accounts.most_points_missing
    group by weighed.account_id
),

slots as (
    select
        kinds_of_people.*,
        window_days.event_date,
        {{ as_decimal('kinds_of_people.weight * window_days.factor', 18, 12) }} as points_each
    from kinds_of_people
    cross join window_days
    left join sufficient on kinds_of_people.account_id = sufficient.account_id
    where kinds_of_people.weight * window_days.factor >= coalesce(sufficient.points_each, 0)
),

counted_days as (
    select
        event_counts.account_id,
        event_counts.event_name,
        event_counts.event_date,
        cast(sum(least(event_counts.events, kinds.daily_limit)) as bigint) as counted_events
    from event_counts
    inner join kinds
        on
            event_counts.account_id = kinds.account_id
            and event_counts.event_name = kinds.event_name
    where event_counts.is_current
    group by event_counts.account_id, event_counts.event_name, event_counts.event_date
),

rooms as (
    select
        slots.*,
        slots.recent_limit - coalesce(counted_days.counted_events, 0) as recent_room
    from slots
    left join counted_days
        on
            slots.account_id = counted_days.account_id
            and slots.event_name = counted_days.event_name
            and slots.event_date = counted_days.event_date
),

valued as (
    select
        *,
        {{ as_decimal('recent_room', 18, 0) }} * points_each as recent_points,
        {{ as_decimal('recent_room + other_room', 18, 0) }} * points_each as all_points
    from rooms
),

-- The points that the events before give: first those that count most, then those of later days, then those
-- that the account uses more.
ordered as (
    select
        *,
        sum(recent_points) over (partition by account_id) as recent_points_in_reach,
        sum(all_points) over (partition by account_id) as all_points_in_reach,
        sum(recent_points) over (
            partition by account_id
            order by points_each desc, event_date desc, uses desc, {{ in_byte_order('event_name') }} asc
            rows between unbounded preceding and 1 preceding
        ) as recent_points_before,
        sum(all_points) over (
            partition by account_id
            order by points_each desc, event_date desc, uses desc, {{ in_byte_order('event_name') }} asc
            rows between unbounded preceding and 1 preceding
        ) as all_points_before
    from valued
),

-- Other members are asked only if those of late cannot reach the band by themselves.
within_reach as (
    select
        targets.target_band,
        ordered.account_id,
        ordered.event_name,
        ordered.event_date,
        ordered.points_each,
        ordered.daily_limit,
        ordered.has_users,
        ordered.has_none,
        ordered.recent_points_in_reach < targets.points_missing as asks_others,
        case
            when ordered.recent_points_in_reach < targets.points_missing
                then ordered.recent_room + ordered.other_room
            else ordered.recent_room
        end as room,
        targets.points_missing - {{ as_decimal(points_before, 36, 12) }} as points_missing
    from targets
    inner join ordered
        on
            targets.account_id = ordered.account_id
            and targets.points_missing <= ordered.all_points_in_reach
),

final as (
    select
        target_band,
        account_id,
        event_name,
        event_date,
        points_each,
        daily_limit,
        has_users,
        has_none,
        asks_others,
        cast(case
            when {{ as_decimal('room', 18, 0) }} * points_each <= points_missing then room
            else {{ events_needed('points_missing', 'points_each') }}
        end as bigint) as events
    from within_reach
    where
        room > 0
        and points_missing > 0
)

select * from final
