-- Nothing is lost: accepted + excluded + rejected + pending = source rows, in the latest run.

select *
from {{ ref('run_history') }}
where
    run_id = '{{ invocation_id }}'
    and accepted_events + excluded_events + rejected_events + pending_events <> source_rows
