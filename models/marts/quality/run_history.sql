-- One row per run: how it ended, what became of the source rows, and what was restated. A row is
-- appended when a run ends, or by the next one if it died, and never rewritten.
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
    user_rows,
    account_rows,
    subscription_rows,
    last_day_events,
    usual_events,
    score_shift,
    true as is_complete,
    cast('' as {{ type_text() }}) as status,
    cast('' as {{ type_text() }}) as message
from {{ ref('int_run_record') }}
where 1 = 0
