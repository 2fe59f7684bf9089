-- One row per user of the product whom Intercom knows; leads are none.

{{ config(enabled='intercom' in var('sources')) }}

select
    user_id,
    account_id,
    email,
    signed_up_at as created_at
from {{ ref('intercom_contact_accounts') }}
where
    user_id is not null
    and position = 1
