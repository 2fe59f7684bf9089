-- One row per score date and user who was active or used a key feature in the window: how many of
-- the available features the user used, in the window and to date.
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
