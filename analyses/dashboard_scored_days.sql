-- One row per account, event and day of the latest window: its scored events. Read by engagement
-- dashboard, which scores accounts again with other weights.

select
    account_id,
    event_name,
    event_date,
    scored_events
from {{ ref('scored_event_days') }}
order by {{ in_byte_order('account_id') }}, {{ in_byte_order('event_name') }}, event_date
