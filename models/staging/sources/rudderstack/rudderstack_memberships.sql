-- One row per user and group, from the first group call on.

{{ config(enabled='rudderstack' in var('sources')) }}

{{ memberships_of_calls('rudderstack') }}
