-- One row per group call that says what the account's plan, status or owner is.

{{ config(enabled='segment' in var('sources')) }}

{{ account_history_of_calls('segment') }}
