-- A day with under three tenths of the usual events of its weekday, mostly because a file or a load is
-- missing. A day that is quiet for a reason, such as a holiday, belongs in the var quiet_days.
{{ config(severity='error' if var('volume_gate') == 'stop' else 'warn') }}
-- depends_on: {{ ref('run_history') }} (so that a failure skips the publication alone)

select
    cast(event_date as {{ type_text() }}) || ' has ' || cast(events as {{ type_text() }}) || ' events, and '
    || cast(cast(usual_events as bigint) as {{ type_text() }}) || ' are usual on that weekday' as warning
from {{ ref('int_volumes') }}
where
    event_name = ''
    and usual_events >= 50
    and events < 0.3 * usual_events
    and {{ is_no_quiet_day('event_date') }}
