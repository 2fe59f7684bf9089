-- One row of the adoption that the last run left and this one makes again: that of stale windows and of
-- restated entities. None if the run starts over.

{% set last_adoption = built_relation('int_entity_adoption') -%}

select
    adoption.score_date,
    adoption.entity_type,
    adoption.entity_id
from {{ last_adoption or ref('int_entity_windows') }} as adoption
cross join {{ ref('int_run_bounds') }} as bounds
left join {{ ref('int_stale_windows') }} as stale_windows
    on adoption.score_date = stale_windows.score_date
left join {{ ref('int_restated_entities') }} as restated_entities
    on
        adoption.entity_type = restated_entities.entity_type
        and adoption.entity_id = restated_entities.entity_id
        and adoption.score_date >= restated_entities.restated_from
where
    not bounds.starts_over
    and (stale_windows.score_date is not null or restated_entities.entity_id is not null)
