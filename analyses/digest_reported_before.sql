-- One row: when the last run that recorded a change of this day, or of one before, started. Read by
-- engagement digest.

select cast(max(recorded_at) as {{ type_text() }}) as recorded_at
from {{ ref('signal_history') }}
where changed_on <= cast('{{ var('since', '2026-01-01') }}' as date)
