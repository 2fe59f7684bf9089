-- One row per run, the latest first: what it read, and how it ended. Read by engagement dashboard.

select
    run_id,
    started_at,
    as_of,
    status,
    message,
    source_rows,
    accepted_events,
    excluded_events,
    rejected_events,
    pending_events,
    changed_days,
    started_over_because,
    last_day_events,
    usual_events
from {{ ref('run_history') }}
order by started_at desc
