-- Nothing is lost: accepted + excluded + rejected + pending = source rows, where the latest run read them
-- all.

select *
from {{ ref('int_run_record') }}
where
    touched_days is null
    and accepted_events + excluded_events + rejected_events + pending_events <> source_rows
