-- One row per version, day, account (or none) and user who did something there that counts: the points of
-- the day, before decay, and what the day adds to the sets of a window. The daily cap applies to each user
-- in each account; to a user in several of them it applies once more, over all: user_points is the row's
-- part of the user's own points, which the first of the accounts then carries alone.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='event_date',
    meta={'replaced': 'int_changed_days'},
) }}

{% set set_columns = event_name_sets() + feature_sets() -%}

with

event_values as (
    select * from {{ ref('int_event_values') }}
),

changed_events as (
    select *
    from {{ ref('int_accepted_events') }}
    where event_date in (select changed_days.event_date from {{ ref('int_changed_days') }} as changed_days)
),

merged_days as (
    select distinct
        event_date,
        user_id
    from changed_events
    where is_merged
),

-- One row each, which the daily counts are but for the days of merged ids.
member_events as (
    select
        changed_events.event_date,
        changed_events.account_id,
        changed_events.user_id,
        changed_events.event_name,
        changed_events.events
    from changed_events
    left join merged_days
        on
            changed_events.event_date = merged_days.event_date
            and changed_events.user_id = merged_days.user_id
    where merged_days.user_id is null
    union all
    select
        changed_events.event_date,
        changed_events.account_id,
        changed_events.user_id,
        changed_events.event_name,
        cast(sum(changed_events.events) as bigint) as events
    from changed_events
    inner join merged_days
        on
            changed_events.event_date = merged_days.event_date
            and changed_events.user_id = merged_days.user_id
    group by
        changed_events.event_date,
        changed_events.account_id,
        changed_events.user_id,
        changed_events.event_name
),

member_days as (
    select
        event_values.version,
        member_events.event_date,
        member_events.account_id,
        member_events.user_id,
        {{ day_points('event_values.weight', 'member_events.events', 'event_values.daily_cap') }} as points,
        cast(sum(case when event_values.weight > 0 then member_events.events else 0 end) as bigint)
            as scored_events,
        max(case when event_values.counts_as_active then 1 else 0 end) = 1 as is_active,
        {{ each(set_columns, union_of('event_values.{}') ~ ' as {}') }}
    from member_events
    inner join event_values
        on
            member_events.event_date = event_values.event_date
            and member_events.event_name = event_values.event_name
    group by
        event_values.version,
        member_events.event_date,
        member_events.account_id,
        member_events.user_id
),

shared_days as (
    select
        version,
        event_date,
        user_id,
        min(coalesce(account_id, '')) as first_account_id
    from member_days
    group by version, event_date, user_id
    having min(coalesce(account_id, '')) < max(coalesce(account_id, ''))
),

shared_events as (
    select
        shared_days.version,
        changed_events.event_date,
        changed_events.user_id,
        shared_days.first_account_id,
        changed_events.event_name,
        cast(sum(changed_events.events) as bigint) as events
    from changed_events
    inner join shared_days
        on
            changed_events.event_date = shared_days.event_date
            and changed_events.user_id = shared_days.user_id
    group by
        shared_days.version,
        changed_events.event_date,
        changed_events.user_id,
        shared_days.first_account_id,
        changed_events.event_name
),

shared_points as (
    select
        shared_events.version,
        shared_events.event_date,
        shared_events.user_id,
        shared_events.first_account_id,
        {{ day_points('event_values.weight', 'shared_events.events', 'event_values.daily_cap') }} as points
    from shared_events
    inner join event_values
        on
            shared_events.version = event_values.version
            and shared_events.event_date = event_values.event_date
            and shared_events.event_name = event_values.event_name
    group by
        shared_events.version,
        shared_events.event_date,
        shared_events.user_id,
        shared_events.first_account_id
),

final as (
    select
        member_days.version,
        member_days.event_date,
        member_days.account_id,
        member_days.user_id,
        member_days.points,
        case
            when shared_points.user_id is null then member_days.points
            when coalesce(member_days.account_id, '') = shared_points.first_account_id
                then shared_points.points
            else 0
        end as user_points,
        member_days.scored_events,
        member_days.is_active,
        {{ each(set_columns, 'member_days.{}') }}
    from member_days
    left join shared_points
        on
            member_days.version = shared_points.version
            and member_days.event_date = shared_points.event_date
            and member_days.user_id = shared_points.user_id
)

select * from final
