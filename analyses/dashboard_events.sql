-- One row per event, the most frequent first: how often it occurs, and what it weighs. Read by
-- engagement dashboard.

select
    event_name,
    events,
    users,
    accounts,
    first_seen_on,
    last_seen_on,
    weight,
    daily_cap,
    counts_as_active,
    features,
    milestones,
    is_seeded,
    is_missing
from {{ ref('event_inventory') }}
order by events desc, {{ in_byte_order('event_name') }}
