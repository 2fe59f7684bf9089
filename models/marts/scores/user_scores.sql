-- One row per score date and user with points in this window or the previous one: the engagement
-- score.
{{ config(materialized='view') }}

select
    score_date,
    entity_id as user_id,
    version,
    points,
    winsorized_points,
    winsorized_share,
    score,
    rank,
    percentile_rank,
    band,
    previous_points,
    previous_score,
    score_change,
    trend,
    active_days,
    scored_events,
    distinct_scored_events
from {{ ref('int_entity_scores') }}
where entity_type = 'user'
