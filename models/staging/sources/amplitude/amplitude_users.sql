-- One row per user, as the properties of their events said last. A user id that is an e-mail address is one.
-- A user of whom nothing is said is not listed, so that the account is inferred from events.

{{ config(enabled='amplitude' in var('sources')) }}

{% set events = source_table('amplitude', 'events') -%}
{% set user_id = input_column(events, 'user_id') -%}
{% set said_at = 'coalesce(' ~ input_column(events, 'server_upload_time') ~ ', '
    ~ input_column(events, 'event_time') ~ ')' -%}
{% set traits = ['email', 'role', 'is_internal', 'is_champion'] -%}

with

states as (
    select
        {{ user_id }} as user_id,
        {{ input_column(events, 'user_properties') }} as properties,
        max({{ said_at }}) as said_at,
        min({{ input_column(events, 'user_creation_time') }}) as created_at
    from {{ events['from'] }}
    where
        {{ user_id }} is not null
        and {{ said_at }} is not null
        and {{ is_of_amplitude_project(events) }}
    group by 1, 2
),

dated as (
    select
        user_id,
        {%- for trait in traits %}
        {{ json_text('properties', [trait]) }} as {{ trait }},
        {%- endfor %}
        min(created_at) over (partition by user_id) as created_at,
        said_at
    from states
),

known as (
    {{ latest_known('dated', 'user_id', traits + ['created_at'], 'said_at') }}
),

final as (
    select
        user_id,
        coalesce(email, case when user_id like '%_@_%._%' then user_id end) as email,
        role,
        is_internal,
        is_champion,
        created_at
    from known
)

select * from final
where
    coalesce(email, role, is_internal, is_champion) is not null
    or created_at is not null
