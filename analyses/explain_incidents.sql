-- One row per tracking incident, the earliest first, and entity (of each of the type, if none is
-- named) whose score its event has changed on the latest date; at least one without. Read by
-- engagement explain and dashboard.

select
    drivers.entity_id,
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
        and '{{ var('entity_id', 'a') }}' in ('', drivers.entity_id)
order by incidents.started_on, {{ in_byte_order('incidents.event_name') }}
