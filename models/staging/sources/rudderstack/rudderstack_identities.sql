-- One row per anonymous or former id and day on which it came to belong to a user.

{{ config(enabled='rudderstack' in var('sources')) }}

{{ identities_of_calls('rudderstack') }}
