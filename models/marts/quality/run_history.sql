-- One row per run that finished: what became of the source rows, and what was restated. A row is
-- appended when a run ends and never rewritten; a run without a row did not finish.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
) }}

select
    run_id,
    started_at,
    as_of,
    reference_time,
    source_rows,
    accepted_events,
    excluded_events,
    rejected_events,
    pending_events,
    recurring_event_ids,
    touched_days,
    changed_days,
    started_over_because,
    true as is_complete,
    true as is_published
from {{ ref('int_run_record') }}
where 1 = 0
