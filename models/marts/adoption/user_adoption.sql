-- One row per score date and user that, in the window, was active or used a key feature: how many
-- of the features available to it were used, in the window and ever.
{{ config(materialized='view') }}

select
    score_date,
    entity_id as user_id,
    features_available,
    features_used,
    adoption_rate,
    features_used_all_time,
    adoption_rate_all_time
from {{ ref('int_entity_adoption') }}
where entity_type = 'user'
