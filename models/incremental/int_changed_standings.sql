-- One row per received user id and per account whose standing is another than in the last run; none if the
-- run starts over.

{% set last_standings = built_relation('int_last_standings') -%}

select
    coalesce(standings.entity_type, last_standings.entity_type) as entity_type,
    coalesce(standings.received_id, last_standings.received_id) as received_id
from {{ ref('int_standings') }} as standings
full outer join {{ last_standings or ref('int_standings') }} as last_standings
    on
        standings.entity_type = last_standings.entity_type
        and standings.received_id = last_standings.received_id
where
    coalesce(standings.standing, '') <> coalesce(last_standings.standing, '')
    and {{ '1 = 0' if this_run().starts_over else '1 = 1' }}
-- depends_on: {{ ref('int_run') }}
