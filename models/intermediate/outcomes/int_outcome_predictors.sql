-- One row per followed score date and account with events in its window: the score, and the plain
-- measures of activity that it has to beat. Nothing here looks past the score date.

with

followed_dates as (
    select distinct score_date from {{ ref('int_outcome_dates') }}
),

score_dates as (
    select
        score_dates.score_date,
        score_dates.version,
        score_dates.window_days
    from {{ ref('int_score_dates') }} as score_dates
    inner join followed_dates on score_dates.score_date = followed_dates.score_date
    where
        score_dates.is_built
        and {{ restated('score_dates.score_date', 'scores') }}
),

window_days as (
    select
        score_dates.score_date,
        days.date_day as event_date
    from score_dates
    inner join {{ ref('int_calendar_days') }} as days
        on
            {{ add_days('score_dates.score_date', '-score_dates.window_days') }} < days.date_day
            and score_dates.score_date >= days.date_day
),

event_counts as (
    select
        window_days.score_date,
        accepted_events.account_id,
        cast(sum(accepted_events.events) as bigint) as events,
        count(distinct accepted_events.event_name) as distinct_events
    from {{ ref('int_accepted_events') }} as accepted_events
    inner join window_days on accepted_events.event_date = window_days.event_date
    where accepted_events.account_id is not null
    group by window_days.score_date, accepted_events.account_id
),

account_windows as (
    select entity_windows.*
    from {{ ref('int_entity_windows') }} as entity_windows
    inner join score_dates
        on
            entity_windows.score_date = score_dates.score_date
            and entity_windows.version = score_dates.version
    where entity_windows.entity_type = 'account'
),

scores as (
    select * from {{ ref('int_entity_scores') }}
    where
        entity_type = 'account'
        and points > 0
),

final as (
    select
        event_counts.score_date,
        event_counts.account_id,
        coalesce(scores.score, 0) as score,
        coalesce(scores.points, 0) as points,
        coalesce(scores.band, 'inactive') as band,
        event_counts.events,
        event_counts.distinct_events,
        coalesce(account_windows.active_days, 0) as active_days
    from event_counts
    left join account_windows
        on
            event_counts.score_date = account_windows.score_date
            and event_counts.account_id = account_windows.entity_id
    left join scores
        on
            event_counts.score_date = scores.score_date
            and event_counts.account_id = scores.entity_id
)

select * from final
