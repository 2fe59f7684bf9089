-- One row per tracking incident, the earliest first, and how its event has changed an entity's score on
-- the latest date (empty: not at all). Read by engagement explain.

select
    incidents.event_name,
    incidents.started_on,
    incidents.detected_on,
    incidents.ended_on,
    drivers.behaviour_change
from {{ ref('tracking_incidents') }} as incidents
left join {{ ref('score_change_drivers') }} as drivers
    on
        incidents.event_name = drivers.event_name
        and drivers.entity_type = '{{ var('entity_type', 'account') }}'
        and drivers.entity_id = '{{ var('entity_id', 'a') }}'
order by incidents.started_on, {{ in_byte_order('incidents.event_name') }}
