-- One row per entity and milestone: how often its events occurred in time, or on how many days, and
-- the day on which that was enough.
{{ config(materialized=public_view()) }}

select
    entity_type,
    entity_id,
    milestone,
    position,
    event_name,
    min_count,
    min_days,
    within_days,
    any_days,
    occurrences,
    is_reached,
    reached_on,
    days_to_reach
from {{ ref('int_activation_steps') }}
