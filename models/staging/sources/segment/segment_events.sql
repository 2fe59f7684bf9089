-- One row per track call.

{{ config(enabled='segment' in var('sources')) }}

{{ events_of_calls('segment') }}
