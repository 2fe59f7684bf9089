-- One row per day and entity that was active on it: at least one event that counts as active under the
-- version in force on that day.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='event_date',
    meta={'replaced': 'int_changed_days'},
) }}

select distinct
    entity_days.event_date,
    entity_days.entity_type,
    entity_days.entity_id
from {{ ref('int_entity_days') }} as entity_days
inner join {{ ref('int_days') }} as days
    on
        entity_days.event_date = days.date_day
        and entity_days.version = days.version
inner join {{ ref('int_changed_days') }} as changed_days
    on entity_days.event_date = changed_days.event_date
where entity_days.is_active
