-- One row per day, user, account (or none) and event that now counts for another number than in the last
-- run: changed, or come within as_of. None if the run starts over.

with

count_changes as (
    select * from {{ ref('int_count_changes') }}
),

accepted_events as (
    select * from {{ ref('int_accepted_events') }}
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
    where not starts_over
),

final as (
    select
        count_changes.event_date,
        count_changes.user_id,
        count_changes.account_id,
        count_changes.event_name,
        count_changes.events_before,
        count_changes.events_after
    from count_changes
    inner join bounds on count_changes.event_date <= bounds.previous_as_of
    union all
    select
        accepted_events.event_date,
        accepted_events.user_id,
        accepted_events.account_id,
        accepted_events.event_name,
        cast(0 as bigint) as events_before,
        cast(sum(accepted_events.events) as bigint) as events_after
    from accepted_events
    inner join bounds on accepted_events.event_date > bounds.previous_as_of
    group by
        accepted_events.event_date,
        accepted_events.user_id,
        accepted_events.account_id,
        accepted_events.event_name
)

select * from final
