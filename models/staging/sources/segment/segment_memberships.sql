-- One row per user and group, from the first group call on.

{{ config(enabled='segment' in var('sources')) }}

{{ memberships_of_calls('segment') }}
