-- One row per event name: a model of the company's own with the name of one of the package's.

select
    event_name,
    count(*) as events
from {{ ref('stg_events') }}
group by event_name
