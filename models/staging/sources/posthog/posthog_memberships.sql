-- One row per user and account, from the first $groupidentify on that the user's device sent: no event
-- says that somebody has left. Servers send it under an id of the group's own, which begins with a $.

{{ config(enabled='posthog' in var('sources')) }}

select
    user_id,
    account_id,
    min(called_at) as valid_from
from {{ ref('posthog_calls') }}
where
    user_id is not null
    and user_id not like '$%'
    and account_id is not null
group by user_id, account_id
