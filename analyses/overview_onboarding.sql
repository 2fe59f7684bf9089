-- One row per entity type and milestone: how many have reached it, and how many have not. Read by
-- engagement show.

select
    entity_type,
    position as step,
    milestone,
    count(reached_on) as reached,
    count(*) - count(reached_on) as missing
from {{ ref('activation_steps') }}
group by entity_type, position, milestone
order by entity_type, position
