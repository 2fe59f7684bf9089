-- One row per milestone and number of days that it took (empty: not known, or not reached): how
-- many entities. Read by engagement dashboard.

select
    entity_type,
    position,
    milestone,
    is_reached,
    days_to_reach,
    count(*) as entities
from {{ ref('activation_steps') }}
group by entity_type, position, milestone, is_reached, days_to_reach
order by entity_type, position, {{ in_byte_order('milestone') }}, is_reached, days_to_reach
