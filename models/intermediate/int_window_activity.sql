-- One row per built score date and entity active in its window: on how many days, and by how many
-- users.

with

window_days as (
    select * from {{ ref('int_window_days') }}
    where is_built
),

active_days as (
    select * from {{ ref('int_active_days') }}
),

active_users as (
    select * from {{ ref('int_active_users') }}
),

entity_days as (
    select distinct
        event_date,
        entity_type,
        entity_id
    from active_days
),

active_day_counts as (
    select
        window_days.score_date,
        entity_days.entity_type,
        entity_days.entity_id,
        count(*) as active_days
    from entity_days
    inner join window_days on entity_days.event_date = window_days.event_date
    group by window_days.score_date, entity_days.entity_type, entity_days.entity_id
),

active_user_counts as (
    select
        score_date,
        entity_type,
        entity_id,
        count(*) as active_users
    from active_users
    group by score_date, entity_type, entity_id
),

final as (
    select
        active_day_counts.score_date,
        active_day_counts.entity_type,
        active_day_counts.entity_id,
        active_day_counts.active_days,
        active_user_counts.active_users
    from active_day_counts
    inner join active_user_counts
        on
            active_day_counts.score_date = active_user_counts.score_date
            and active_day_counts.entity_type = active_user_counts.entity_type
            and active_day_counts.entity_id = active_user_counts.entity_id
)

select * from final
