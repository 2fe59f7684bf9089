-- One row per version, day, entity and user who did something there that counts: the points of the day,
-- before decay, and what the day adds to the sets of a window. An account's points are those of its
-- users in it; the daily cap applies to each of them. Users and accounts take one road from here on.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='event_date',
    meta={'replaced': 'int_changed_days'},
) }}

{% set name_columns = event_name_sets() -%}
{% set feature_columns = feature_sets() -%}

with

accepted_events as (
    select * from {{ ref('int_accepted_events') }}
    where event_date in (select event_date from {{ ref('int_changed_days') }})
),

event_values as (
    select * from {{ ref('int_event_values') }}
),

user_events as (
    select
        event_date,
        'user' as entity_type,
        user_id as entity_id,
        user_id,
        event_name,
        cast(sum(events) as bigint) as events
    from accepted_events
    group by event_date, user_id, event_name
),

account_events as (
    select
        event_date,
        'account' as entity_type,
        account_id as entity_id,
        user_id,
        event_name,
        cast(sum(events) as bigint) as events
    from accepted_events
    where account_id is not null
    group by event_date, account_id, user_id, event_name
),

entity_events as (
    select * from user_events
    union all
    select * from account_events
),

final as (
    select
        event_values.version,
        entity_events.event_date,
        entity_events.entity_type,
        entity_events.entity_id,
        entity_events.user_id,
        cast(
            sum({{ event_points('event_values.weight', 'entity_events.events', 'event_values.daily_cap') }})
            as decimal(20, 3)
        ) as points,
        cast(sum(case when event_values.weight > 0 then entity_events.events else 0 end) as bigint)
            as scored_events,
        max(case when event_values.counts_as_active then 1 else 0 end) = 1 as is_active
        {%- for column in name_columns + feature_columns %},
        {{ union_of('event_values.' ~ column) }} as {{ column }}
        {%- endfor %}
    from entity_events
    inner join event_values
        on
            entity_events.event_date = event_values.event_date
            and entity_events.event_name = event_values.event_name
    group by
        event_values.version,
        entity_events.event_date,
        entity_events.entity_type,
        entity_events.entity_id,
        entity_events.user_id
)

select * from final
