-- Nothing is lost: accepted + excluded + rejected + pending = source rows, where the latest run read them
-- all.

select *
from {{ ref('run_history') }}
where
    run_id = '{{ invocation_id }}'
    and touched_days is null
    and accepted_events + excluded_events + rejected_events + pending_events <> source_rows
