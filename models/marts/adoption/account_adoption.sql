-- One row per score date and account that was active or used a key feature in the window: how many
-- of its available features at least one user used, in the window and to date.
{{ config(materialized='view') }}

select
    score_date,
    entity_id as account_id,
    features_available,
    features_used,
    adoption_rate,
    features_used_all_time,
    adoption_rate_all_time
from {{ ref('int_entity_adoption') }}
where entity_type = 'account'
