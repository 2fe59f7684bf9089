-- One row per person, as the table of persons has it last; without that table, as $identify said last.

{{ config(enabled='posthog' in var('sources')) }}

{% set persons = source_table('posthog', 'persons') -%}
with

{% if persons.columns -%}
known as (
    select
        user_id,
        traits,
        created_at,
        version as known_at
    from {{ ref('posthog_persons') }}
),

{% else -%}
known as (
    select
        persons.user_id,
        calls.user_traits as traits,
        cast(null as {{ type_timestamp() }}) as created_at,
        calls.called_at as known_at
    from {{ ref('posthog_persons') }} as persons
    left join {{ ref('posthog_calls') }} as calls
        on
            persons.distinct_id = calls.user_id
            and calls.called_at is not null
),

{% endif -%}
traits as (
    select
        user_id,
        {{ json_text('traits', ['email']) }} as email,
        {{ json_text('traits', ['role']) }} as role,
        {{ json_text('traits', ['is_internal']) }} as is_internal,
        created_at,
        known_at
    from known
)

{{ latest_known('traits', 'user_id', ['email', 'role', 'is_internal', 'created_at'], 'known_at') }}
