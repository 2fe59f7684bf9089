-- One row per group call that says what the account's plan, status or owner is.

{{ config(enabled='rudderstack' in var('sources')) }}

{{ account_history_of_calls('rudderstack') }}
