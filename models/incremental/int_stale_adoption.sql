-- One row per score date on which adoption has been made again, or has gone.

select score_date from {{ ref('int_stale_windows') }}
union distinct
select score_date from {{ ref('int_replaced_adoption') }}
union distinct
select entity_windows.score_date
from {{ ref('int_entity_windows') }} as entity_windows
inner join {{ ref('int_restated_entities') }} as restated_entities
    on
        entity_windows.entity_type = restated_entities.entity_type
        and entity_windows.entity_id = restated_entities.entity_id
        and entity_windows.score_date >= restated_entities.restated_from
