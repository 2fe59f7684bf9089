-- The same, where the latest run read the touched days only: a difference means that rows of other days
-- have been deleted or edited at the source. engagement build --from --to reads these days again,
-- --full-refresh all.
{{ config(severity='warn') }}

select *
from {{ ref('run_history') }}
where
    run_id = '{{ invocation_id }}'
    and touched_days is not null
    and accepted_events + excluded_events + rejected_events + pending_events <> source_rows
