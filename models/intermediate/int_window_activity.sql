-- One row per built score date and entity active in its window: on how many days.

with

window_days as (
    select * from {{ ref('int_window_days') }}
    where is_built
),

entity_days as (
    select distinct
        event_date,
        entity_type,
        entity_id
    from {{ ref('int_active_days') }}
),

final as (
    select
        window_days.score_date,
        entity_days.entity_type,
        entity_days.entity_id,
        count(*) as active_days
    from entity_days
    inner join window_days on entity_days.event_date = window_days.event_date
    group by window_days.score_date, entity_days.entity_type, entity_days.entity_id
)

select * from final
