-- One row per user: the table of users where it is there, else what identify calls said last.

{{ config(enabled='rudderstack' in var('sources')) }}

{{ users_of_calls('rudderstack') }}
