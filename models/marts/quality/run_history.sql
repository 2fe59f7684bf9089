-- One row per run that finished: what became of the source rows, and what was made again. Appended to,
-- never rewritten: it is the record of runs. It is made last, so that a run that is not in it did not
-- finish.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
) }}

with

events as (
    select * from {{ ref('stg_events') }}
),

daily_totals as (
    select * from {{ ref('int_daily_totals') }}
),

rejections as (
    select * from {{ ref('int_rejections') }}
),

odd_events as (
    select * from {{ ref('int_odd_events') }}
    where rejection_reason is null
),

touched_days as (
    select * from {{ ref('int_touched_days') }}
),

changed_days as (
    select * from {{ ref('int_changed_days') }}
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
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
                    then daily_totals.events
            end
        ) as accepted_events,
        sum(
            case
                when daily_totals.event_date <= bounds.last_counted_day and daily_totals.is_excluded
                    then daily_totals.events
            end
        ) as excluded_events,
        sum(case when daily_totals.event_date > bounds.last_counted_day then daily_totals.events end)
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
        from odd_events
        group by event_id
        having min(event_date) < max(event_date)
    ) as recurring
),

touched_counts as (
    select count(*) as touched_days
    from touched_days
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
        bounds.reason as started_over_because,
        {{ 'true' if runs_every_model() else 'false' }} as is_complete
    from run
    cross join bounds
    cross join source_counts
    cross join used_counts
    cross join rejected_counts
    cross join recurring_counts
    cross join touched_counts
    cross join changed_counts
)

select * from final
-- depends_on: {{ ref('account_activation') }}
-- depends_on: {{ ref('account_adoption') }}
-- depends_on: {{ ref('account_priorities') }}
-- depends_on: {{ ref('account_profiles') }}
-- depends_on: {{ ref('account_role_scores') }}
-- depends_on: {{ ref('account_scores') }}
-- depends_on: {{ ref('activation_steps') }}
-- depends_on: {{ ref('activity') }}
-- depends_on: {{ ref('event_inventory') }}
-- depends_on: {{ ref('feature_adoption') }}
-- depends_on: {{ ref('feature_impact') }}
-- depends_on: {{ ref('lifecycle') }}
-- depends_on: {{ ref('product_scores') }}
-- depends_on: {{ ref('published_scores') }}
-- depends_on: {{ ref('rejected_events') }}
-- depends_on: {{ ref('score_calibrations') }}
-- depends_on: {{ ref('score_change_drivers') }}
-- depends_on: {{ ref('score_changes') }}
-- depends_on: {{ ref('score_contributions') }}
-- depends_on: {{ ref('score_distributions') }}
-- depends_on: {{ ref('score_outcomes') }}
-- depends_on: {{ ref('score_validation') }}
-- depends_on: {{ ref('segment_scores') }}
-- depends_on: {{ ref('signal_history') }}
-- depends_on: {{ ref('signals') }}
-- depends_on: {{ ref('user_activation') }}
-- depends_on: {{ ref('user_adoption') }}
-- depends_on: {{ ref('user_profiles') }}
-- depends_on: {{ ref('user_scores') }}
-- depends_on: {{ ref('int_last_standings') }}
-- depends_on: {{ ref('int_last_first_uses') }}
-- depends_on: {{ ref('int_last_entity_periods') }}
-- depends_on: {{ ref('int_last_entity_segments') }}
-- depends_on: {{ ref('int_last_score_dates') }}
-- depends_on: {{ ref('int_last_calibrations') }}
