-- One row: what became of the source rows in this run, what it restated, and the figures that tell
-- whether that is usual. run_history keeps it once the run has ended.

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

volumes as (
    select * from {{ ref('int_volumes') }}
    where event_name = ''
),

score_changes as (
    select * from {{ ref('score_changes') }}
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

input_rows as (
    select
        (select count(*) from {{ ref('stg_users') }}) as user_rows,
        (select count(*) from {{ ref('stg_accounts') }}) as account_rows,
        (select count(*) from {{ ref('stg_subscriptions') }}) as subscription_rows
),

last_day as (
    select
        max(volumes.events) as last_day_events,
        max(volumes.usual_events) as usual_events
    from volumes
    inner join bounds on volumes.event_date = bounds.as_of
),

-- By how many points scores have moved for other reasons than behaviour or a new version.
moves as (
    select
        score_changes.entity_type,
        abs(score_changes.population_change + score_changes.correction_change) as score_move
    from score_changes
    inner join bounds on score_changes.score_date = bounds.as_of
),

median_moves as (
    {{ percentiles_of('moves', ['entity_type'], 'score_move', {'median_move': 0.5}) }}
),

moved_entities as (
    select
        entity_type,
        count(*) as entities
    from moves
    group by entity_type
),

score_shifts as (
    select max(median_moves.median_move) as score_shift
    from median_moves
    inner join moved_entities on median_moves.entity_type = moved_entities.entity_type
    where moved_entities.entities >= {{ var('min_segment_size') }}
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
        restatement.reason as started_over_because,
        input_rows.user_rows,
        input_rows.account_rows,
        input_rows.subscription_rows,
        last_day.last_day_events,
        last_day.usual_events,
        score_shifts.score_shift
    from run
    cross join restatement
    cross join bounds
    cross join source_counts
    cross join used_counts
    cross join rejected_counts
    cross join recurring_counts
    cross join touched_counts
    cross join changed_counts
    cross join input_rows
    cross join last_day
    cross join score_shifts
)

select * from final
