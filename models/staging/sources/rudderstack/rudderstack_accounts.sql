-- One row per group, as group calls said last.

{{ config(enabled='rudderstack' in var('sources')) }}

{{ accounts_of_calls('rudderstack') }}
