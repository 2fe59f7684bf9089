-- One row per group, as group calls said last.

{{ config(enabled='segment' in var('sources')) }}

{{ accounts_of_calls('segment') }}
