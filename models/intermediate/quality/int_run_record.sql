-- One row: what became of the source rows in this run, and what it restated. run_history keeps it
-- once the run has finished.

with

events as (
    select * from {{ ref('stg_events') }}
),

daily_totals as (
    select * from {{ ref('int_daily_totals') }}
),

rejections as (
    select * from {{ ref('int_rejected_events') }}
),

suspect_events as (
    select * from {{ ref('int_suspect_events') }}
    where rejection_reason is null
),

touched_days as (
    select * from {{ ref('int_touched_days') }}
),

count_changes as (
    select * from {{ ref('int_count_changes') }}
),

days as (
    select * from {{ ref('int_calendar_days') }}
),

restatement as (
    select * from {{ ref('int_restatement') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

run as (
    select * from {{ ref('int_run') }}
),

source_counts as (
    select count(*) as source_rows
    from events
),

used_counts as (
    select
        sum(
            case
                when daily_totals.event_date <= bounds.last_counted_day and not daily_totals.is_excluded
                    then daily_totals.source_rows
            end
        ) as accepted_events,
        sum(
            case
                when daily_totals.event_date <= bounds.last_counted_day and daily_totals.is_excluded
                    then daily_totals.source_rows
            end
        ) as excluded_events,
        sum(case when daily_totals.event_date > bounds.last_counted_day then daily_totals.source_rows end)
            as pending_events
    from daily_totals
    cross join bounds
),

rejected_counts as (
    select
        sum(case when rejections.event_date > bounds.last_counted_day then 0 else rejections.copies end)
            as rejected_events,
        sum(case when rejections.event_date > bounds.last_counted_day then rejections.copies end)
            as pending_events
    from rejections
    cross join bounds
),

recurring_counts as (
    select count(*) as recurring_event_ids
    from (
        select event_id
        from suspect_events
        group by event_id
        having min(event_date) < max(event_date)
    ) as recurring
),

touched_counts as (
    select count(*) as touched_days
    from touched_days
),

changed_days as (
    select days.date_day as event_date
    from days
    cross join run
    cross join restatement
    where
        restatement.starts_over
        or days.date_day > run.previous_as_of
    union distinct
    select count_changes.event_date
    from count_changes
    inner join bounds on count_changes.event_date <= bounds.as_of
),

changed_counts as (
    select count(*) as changed_days
    from changed_days
),

final as (
    select
        run.run_id,
        run.started_at,
        bounds.as_of,
        run.reference_time,
        source_counts.source_rows,
        cast(coalesce(used_counts.accepted_events, 0) as bigint) as accepted_events,
        cast(coalesce(used_counts.excluded_events, 0) as bigint) as excluded_events,
        cast(coalesce(rejected_counts.rejected_events, 0) as bigint) as rejected_events,
        cast(
            coalesce(used_counts.pending_events, 0) + coalesce(rejected_counts.pending_events, 0) as bigint
        ) as pending_events,
        recurring_counts.recurring_event_ids,
        case when run.reads_everything then null else touched_counts.touched_days end as touched_days,
        changed_counts.changed_days,
        restatement.reason as started_over_because
    from run
    cross join restatement
    cross join bounds
    cross join source_counts
    cross join used_counts
    cross join rejected_counts
    cross join recurring_counts
    cross join touched_counts
    cross join changed_counts
)

select * from final
