-- One row per reason: how many events were rejected, and when the last of them came. Read by
-- engagement dashboard.

select
    reason,
    sum(copies) as events,
    max(loaded_at) as last_loaded_at,
    min(event_name) as an_event_name
from {{ ref('rejected_events') }}
group by reason
order by sum(copies) desc, reason
