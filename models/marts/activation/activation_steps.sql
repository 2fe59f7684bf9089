-- One row per entity and milestone: how often its event occurred in time, and the day on which that
-- was enough.
{{ config(materialized=public_view()) }}

select
    entity_type,
    entity_id,
    milestone,
    position,
    event_name,
    min_count,
    within_days,
    occurrences,
    is_reached,
    reached_on,
    days_to_reach
from {{ ref('int_activation_steps') }}
