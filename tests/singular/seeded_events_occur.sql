-- An event that a seed names and that has never been accepted is often a typing error: it silently
-- scores nothing.
{{ config(severity='warn') }}

select 'the event ' || event_name || ' is seeded and occurs nowhere' as warning
from {{ ref('event_inventory') }}
where is_missing
