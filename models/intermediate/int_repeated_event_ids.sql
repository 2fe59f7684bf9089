-- One row per event_id that more than one usable row carries, with the days it lies on.
-- The same id on one day is a duplicate; on several days it is only counted (run_history).

select
    event_id,
    count(*) as events,
    min(event_date) as first_event_date,
    max(event_date) as last_event_date
from {{ ref('stg_events') }}
where rejection_reason is null
group by event_id
having count(*) > 1
