-- One row per user, account (or none), event, version of the day it happened on and number of launches by
-- then: how often it has happened up to as_of, and on which days first and last. All that is known about
-- all time comes from here; what changed is added to what was known.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='user_id',
    meta={'replaced': 'int_changed_users'},
) }}

with

accepted_events as (
    select
        user_id,
        account_id,
        event_name,
        event_date,
        events
    from {{ ref('int_accepted_events') }}
    {%- if is_incremental() %}
    where user_id in (select user_id from {{ ref('int_changed_users') }} where is_lost)
    {%- endif %}
),

days as (
    select * from {{ ref('int_days') }}
),

counted as (
    select
        accepted_events.user_id,
        accepted_events.account_id,
        accepted_events.event_name,
        days.version,
        days.launches,
        accepted_events.events,
        accepted_events.event_date as first_on,
        accepted_events.event_date as last_on
    from accepted_events
    inner join days on accepted_events.event_date = days.date_day
    {%- if is_incremental() %}
    union all
    select
        totals.user_id,
        totals.account_id,
        totals.event_name,
        totals.version,
        totals.launches,
        totals.events,
        totals.first_on,
        totals.last_on
    from {{ this }} as totals
    inner join {{ ref('int_changed_users') }} as changed_users
        on
            totals.user_id = changed_users.user_id
            and not changed_users.is_lost
    union all
    select
        changes.user_id,
        changes.account_id,
        changes.event_name,
        days.version,
        days.launches,
        changes.events_after - changes.events_before as events,
        case when changes.events_after > 0 then changes.event_date end as first_on,
        case when changes.events_after > 0 then changes.event_date end as last_on
    from {{ ref('int_counted_changes') }} as changes
    inner join {{ ref('int_changed_users') }} as changed_users
        on
            changes.user_id = changed_users.user_id
            and not changed_users.is_lost
    inner join days on changes.event_date = days.date_day
    {%- endif %}
),

final as (
    select
        user_id,
        account_id,
        event_name,
        version,
        launches,
        cast(sum(events) as bigint) as events,
        min(first_on) as first_on,
        max(last_on) as last_on
    from counted
    group by user_id, account_id, event_name, version, launches
)

select * from final
where events > 0
-- depends_on: {{ ref('int_changed_users') }}, {{ ref('int_counted_changes') }}
