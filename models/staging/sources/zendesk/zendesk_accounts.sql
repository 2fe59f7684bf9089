-- One row per account that is an organization of Zendesk: of several of one account, the oldest.

{{ config(enabled='zendesk' in var('sources')) }}

select
    account_id,
    name
from {{ ref('zendesk_organizations') }}
where
    account_id is not null
    and position = 1
