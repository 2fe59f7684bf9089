-- One row per built score date, account and user with points or activity there in the window: how many
-- points, and whether the user was active in it.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='score_date',
    meta={'replaced': 'int_stale_windows'},
) }}

select
    window_days.score_date,
    entity_days.entity_id as account_id,
    entity_days.user_id,
    {{ window_points('entity_days.points', 'window_days.factor') }} as points,
    max(case when entity_days.is_active then 1 else 0 end) = 1 as is_active
from {{ ref('int_entity_days') }} as entity_days
inner join {{ ref('int_window_days') }} as window_days
    on
        entity_days.version = window_days.version
        and entity_days.event_date = window_days.event_date
where
    entity_days.entity_type = 'account'
    and window_days.is_built
group by
    window_days.score_date,
    entity_days.entity_id,
    entity_days.user_id
-- depends_on: {{ ref('int_stale_windows') }}
