-- One row per day, event and actor, accepted or excluded: how often it happened.

select
    event_date,
    event_name,
    actor,
    is_excluded,
    cast(sum(source_rows) as bigint) as source_rows,
    cast(sum(events) as bigint) as events
from {{ ref('int_daily_event_counts') }}
group by event_date, event_name, actor, is_excluded
