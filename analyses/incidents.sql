-- One row per tracking incident, the latest first. Read by engagement show and digest.

select
    incidents.event_name,
    incidents.started_on,
    incidents.ended_on,
    incidents.accounts,
    incidents.silent_accounts,
    incidents.signals_held_back,
    publication.as_of
from {{ ref('tracking_incidents') }} as incidents
cross join {{ ref('publication') }} as publication
order by incidents.started_on desc, {{ in_byte_order('incidents.event_name') }}
