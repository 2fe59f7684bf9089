-- One row per complete month, entity type and state: how many entities. Read by engagement
-- dashboard.

select
    period_start,
    entity_type,
    state,
    entities
from {{ ref('lifecycle') }}
where period = 'month'
order by period_start, entity_type, state
