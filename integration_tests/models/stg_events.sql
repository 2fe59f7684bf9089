-- One row per event of the product, as the company's own model makes it: the input events.

select
    event_id,
    event_name,
    user_id,
    account_id,
    occurred_at,
    loaded_at
from {{ source('app', 'app_events') }}
