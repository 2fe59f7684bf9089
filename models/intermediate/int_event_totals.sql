-- One row per user, account (or none), event and version of the day it happened on: how often it has
-- happened up to as_of, and on which days first and last. All that is known about all time comes from here.

select
    accepted_events.user_id,
    accepted_events.account_id,
    accepted_events.event_name,
    days.version,
    cast(sum(accepted_events.events) as bigint) as events,
    min(accepted_events.event_date) as first_on,
    max(accepted_events.event_date) as last_on
from {{ ref('int_accepted_events') }} as accepted_events
inner join {{ ref('int_days') }} as days on accepted_events.event_date = days.date_day
group by
    accepted_events.user_id,
    accepted_events.account_id,
    accepted_events.event_name,
    days.version
