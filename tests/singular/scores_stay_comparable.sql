-- Scores that move by more than 5 points, in the median, although nobody behaves differently, have
-- lost their scale: the population has changed, or data was corrected.
{{ config(severity='error' if var('volume_gate') == 'stop' else 'warn') }}
-- depends_on: {{ ref('run_history') }} (so that a failure skips the publication alone)

select
    'the median score has moved by ' || cast({{ as_decimal('score_shift', 9, 1) }} as {{ type_text() }})
    || ' points as of ' || cast(as_of as {{ type_text() }})
    || ' without a change of behaviour: table score_changes has the parts' as warning
from {{ ref('int_run_record') }}
where score_shift > 5
