-- One row per account, band that it can reach, day, event and user ('': none): a step, so many more
-- events. On a day the people are asked in order, each up to the daily limit.

with

target_days as (
    select * from {{ ref('int_target_days') }}
),

people as (
    select * from {{ ref('int_target_people') }}
),

event_counts as (
    select * from {{ ref('int_latest_event_counts') }}
    where is_current
),

asked as (
    select
        target_days.account_id,
        target_days.target_band,
        target_days.event_name,
        target_days.event_date,
        target_days.points_each,
        target_days.events as events_of_day,
        people.user_id,
        people.recency,
        people.position,
        target_days.daily_limit - least(coalesce(event_counts.events, 0), target_days.daily_limit) as room
    from target_days
    inner join people
        on
            target_days.account_id = people.account_id
            and (target_days.asks_others or people.recency <> 'member')
            and case when people.user_id = '' then target_days.has_none else target_days.has_users end = 1
    left join event_counts
        on
            target_days.account_id = event_counts.account_id
            and target_days.event_name = event_counts.event_name
            and target_days.event_date = event_counts.event_date
            and people.user_id = event_counts.user_id
),

summed as (
    select
        *,
        coalesce(sum(room) over (
            partition by account_id, target_band, event_name, event_date
            order by position
            rows between unbounded preceding and 1 preceding
        ), 0) as events_before
    from asked
    where room > 0
),

final as (
    select
        account_id,
        target_band,
        event_name,
        event_date,
        user_id,
        recency,
        cast(least(room, events_of_day - events_before) as bigint) as events,
        points_each
    from summed
    where events_before < events_of_day
)

select * from final
