-- One row per device and the user who was last seen on it.

{{ config(enabled='ga4' in var('sources')) }}

with

exported as (
    {{ rows_of_ga4(['event_timestamp', 'user_id', 'user_pseudo_id']) }}
),

links as (
    select
        user_pseudo_id as alias_id,
        user_id,
        max(event_timestamp) as linked_at
    from exported
    where
        user_pseudo_id is not null
        and user_id is not null
    group by 1, 2
)

{{ latest_known('links', 'alias_id', ['user_id'], 'linked_at') }}
