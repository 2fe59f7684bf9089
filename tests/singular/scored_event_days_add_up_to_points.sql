-- The capped events of an account, times weight and decay factor, are the points behind its latest score,
-- to the digit.

with

window_days as (
    select * from {{ ref('int_latest_window_days') }}
    where is_current
),

counted as (
    select
        event_days.account_id,
        {{ window_points(
            as_decimal('weights.weight * ' ~ as_decimal('event_days.scored_events', 12, 0), 20, 3),
            'window_days.factor'
        ) }} as points
    from {{ ref('scored_event_days') }} as event_days
    inner join window_days on event_days.event_date = window_days.event_date
    inner join {{ seed('event_weights') }} as weights
        on
            window_days.version = weights.version
            and event_days.event_name = weights.event_name
    group by event_days.account_id
),

scores as (
    select scores.*
    from {{ ref('account_scores') }} as scores
    inner join {{ ref('int_calendar_bounds') }} as bounds on scores.score_date = bounds.as_of
)

select
    coalesce(scores.account_id, counted.account_id) as account_id,
    scores.points,
    counted.points as counted_points
from scores
full outer join counted on scores.account_id = counted.account_id
where coalesce(scores.points, 0) <> coalesce(counted.points, 0)
