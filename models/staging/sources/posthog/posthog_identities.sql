-- One row per distinct_id that belongs to a user of another name.

{{ config(enabled='posthog' in var('sources')) }}

select
    distinct_id as alias_id,
    user_id
from {{ ref('posthog_persons') }}
where distinct_id <> user_id
