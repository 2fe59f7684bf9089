-- The same, where the latest run read the touched days only: a difference means that rows of other days
-- have been deleted or edited at the source. engagement build --from --to reads these days again,
-- --full-refresh all.
{{ config(severity='error' if var('volume_gate') == 'stop' else 'warn') }}

select
    'events has ' || cast(source_rows as {{ type_text() }}) || ' rows, and '
    || cast(accepted_events + excluded_events + rejected_events + pending_events as {{ type_text() }})
    || ' are counted: rows of other days than those read have been deleted or edited; --from and --to read'
    || ' days again, --full-refresh all' as warning
from {{ ref('int_run_record') }}
where
    touched_days is not null
    and accepted_events + excluded_events + rejected_events + pending_events <> source_rows
