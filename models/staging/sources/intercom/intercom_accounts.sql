-- One row per account that is a company of Intercom.

{{ config(enabled='intercom' in var('sources')) }}

select
    account_id,
    name,
    plan,
    industry
from {{ ref('intercom_companies') }}
where
    account_id is not null
    and position = 1
