-- One row per user, as the latest of their events have them: the user properties that name the account
-- and the role. A user who has neither is not listed, so that the account is inferred from events.

{{ config(enabled='ga4' in var('sources')) }}

with

exported as (
    {{ rows_of_ga4(['event_timestamp', 'user_id', 'user_properties']) }}
),

properties_read as (
    select
        user_id,
        event_timestamp,
        {{ entries_of('user_properties') }} as properties
    from exported
    where user_id is not null
),

seen as (
    select
        user_id,
        {{ text_of_entry('properties', var('ga4_account_key')) }} as account_id,
        {{ text_of_entry('properties', 'role') }} as role,
        max(event_timestamp) as seen_at
    from properties_read
    group by 1, 2, 3
),

known as (
    {{ latest_known('seen', 'user_id', ['account_id', 'role'], 'seen_at') }}
)

select
    user_id,
    account_id,
    role
from known
where coalesce(account_id, role) is not null
