-- One row per day and event, accepted or excluded: how often it happened.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='event_date',
    meta={'holds': 'what was read', 'replaced': 'int_recounted_days'},
) }}

select
    event_date,
    event_name,
    is_excluded,
    cast(sum(events) as bigint) as events
from {{ ref('int_daily_event_counts') }}
{%- if is_incremental() %}
where event_date in (select event_date from {{ ref('int_recounted_days') }})
{%- endif %}
group by event_date, event_name, is_excluded
-- depends_on: {{ ref('int_recounted_days') }}
