-- One row per version, day, entity and user who did something there that counts: the points of the day,
-- before decay, and what the day adds to the sets of a window. An account's points are those of its
-- users in it; the daily cap applies to each of them. Users and accounts take one road from here on.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='event_date',
    meta={'replaced': 'int_changed_days'},
) }}

{% set set_columns = event_name_sets() + feature_sets() -%}

with

accepted_events as (
    select * from {{ ref('int_accepted_events') }}
    where event_date in (select changed_days.event_date from {{ ref('int_changed_days') }} as changed_days)
),

event_values as (
    select * from {{ ref('int_event_values') }}
),

member_events as (
    select
        event_date,
        account_id,
        user_id,
        event_name,
        cast(sum(events) as bigint) as events
    from accepted_events
    group by event_date, account_id, user_id, event_name
),

member_days as (
    {{ day_values('member_events', ['account_id', 'user_id'], set_columns) }}
),

-- Who was in several accounts on a day: there the cap makes the whole less than the sum of its parts.
shared_days as (
    select
        event_date,
        user_id
    from member_days
    group by event_date, user_id
    having min(coalesce(account_id, '')) < max(coalesce(account_id, ''))
),

shared_events as (
    select
        accepted_events.event_date,
        accepted_events.user_id,
        accepted_events.event_name,
        cast(sum(accepted_events.events) as bigint) as events
    from accepted_events
    inner join shared_days
        on
            accepted_events.event_date = shared_days.event_date
            and accepted_events.user_id = shared_days.user_id
    group by accepted_events.event_date, accepted_events.user_id, accepted_events.event_name
),

shared_user_days as (
    {{ day_values('shared_events', ['user_id'], set_columns) }}
),

{% set figures = ['points', 'scored_events', 'is_active'] + set_columns -%}

final as (
    select
        version,
        event_date,
        'account' as entity_type,
        account_id as entity_id,
        user_id,
        {{ figures | join(', ') }}
    from member_days
    where account_id is not null
    union all
    select
        member_days.version,
        member_days.event_date,
        'user' as entity_type,
        member_days.user_id as entity_id,
        member_days.user_id,
        member_days.{{ figures | join(', member_days.') }}
    from member_days
    left join shared_days
        on
            member_days.event_date = shared_days.event_date
            and member_days.user_id = shared_days.user_id
    where shared_days.user_id is null
    union all
    select
        version,
        event_date,
        'user' as entity_type,
        user_id as entity_id,
        user_id,
        {{ figures | join(', ') }}
    from shared_user_days
)

select * from final
