-- One row per score date, entity and user with points in it: the points of the window.

select
    window_days.score_date,
    window_days.version,
    daily_points.entity_type,
    daily_points.entity_id,
    daily_points.user_id,
    {{ window_points('daily_points.points', 'window_days.factor') }} as points,
    cast(sum(daily_points.scored_events) as bigint) as scored_events
from {{ ref('int_daily_points') }} as daily_points
inner join {{ ref('int_window_days') }} as window_days
    on
        daily_points.version = window_days.version
        and daily_points.event_date = window_days.event_date
group by
    window_days.score_date,
    window_days.version,
    daily_points.entity_type,
    daily_points.entity_id,
    daily_points.user_id
