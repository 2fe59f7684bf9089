-- One row: the last run that finished. Read by engagement digest.

select as_of, cast(started_at as {{ type_text() }}) as started_at
from {{ ref('run_history') }}
order by started_at desc
limit 1
