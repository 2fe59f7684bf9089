-- One row per person that has a profile.

{{ config(enabled='mixpanel' in var('sources')) }}

{% set people = source_table('mixpanel', 'people') -%}
{% set properties = input_column(people, 'properties') -%}
{% set columns = ['account_id', 'created_at', 'email', 'role', 'is_internal', 'is_champion'] -%}

with

profiles as (
    select
        {{ input_column(people, 'distinct_id') }} as user_id,
        {{ first_json_text(properties, [var('mixpanel_group_key')]) }} as account_id,
        {{ json_text(properties, ['$created']) }} as created_at,
        {{ json_text(properties, ['$email']) }} as email,
        {{ json_text(properties, ['role']) }} as role,
        {{ json_text(properties, ['is_internal']) }} as is_internal,
        {{ json_text(properties, ['is_champion']) }} as is_champion,
        coalesce({{ json_text(properties, ['$last_seen']) }}, '') as last_seen
    from {{ people['from'] }}
    where {{ input_column(people, 'distinct_id') }} is not null
)

{{ latest_known('profiles', 'user_id', columns, 'last_seen') }}
