-- One row per entity and key feature that it ever used: since when.

select
    entity_type,
    entity_id,
    feature,
    min(event_date) as first_used_on
from {{ ref('int_feature_days') }}
group by entity_type, entity_id, feature
