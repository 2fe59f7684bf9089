-- One row per track call.

{{ config(enabled='rudderstack' in var('sources')) }}

{{ events_of_calls('rudderstack') }}
