-- One row per run: what became of the source rows. Appended to, never rewritten: it is the record
-- of runs.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='fail',
) }}

with

events as (
    select * from {{ ref('stg_events') }}
),

daily_totals as (
    select * from {{ ref('int_daily_totals') }}
),

rejected_events as (
    select * from {{ ref('rejected_events') }}
),

repeated_ids as (
    select * from {{ ref('int_repeated_event_ids') }}
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
),

source_counts as (
    select
        count(*) as source_rows,
        count(case when events.event_date > bounds.last_counted_day then 1 end) as pending_events
    from events
    cross join bounds
),

used_counts as (
    select
        coalesce(sum(case when daily_totals.is_excluded then 0 else daily_totals.events end), 0)
            as accepted_events,
        coalesce(sum(case when daily_totals.is_excluded then daily_totals.events else 0 end), 0)
            as excluded_events
    from daily_totals
    inner join bounds on daily_totals.event_date <= bounds.last_counted_day
),

rejected_counts as (
    select coalesce(sum(copies), 0) as rejected_events
    from rejected_events
),

recurring_counts as (
    select count(*) as recurring_event_ids
    from repeated_ids
    where first_event_date < last_event_date
),

final as (
    select
        cast('{{ invocation_id }}' as {{ type_text() }}) as run_id,
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as started_at,
        bounds.as_of,
        source_counts.source_rows,
        cast(used_counts.accepted_events as bigint) as accepted_events,
        cast(used_counts.excluded_events as bigint) as excluded_events,
        cast(rejected_counts.rejected_events as bigint) as rejected_events,
        source_counts.pending_events,
        recurring_counts.recurring_event_ids
    from bounds
    cross join source_counts
    cross join used_counts
    cross join rejected_counts
    cross join recurring_counts
)

select * from final
