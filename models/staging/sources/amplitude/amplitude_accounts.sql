-- One row per group of the type that is the account, as the group's properties said last.

{{ config(enabled='amplitude' in var('sources')) }}

{% set events = source_table('amplitude', 'events') -%}
{% set said_at = 'coalesce(' ~ input_column(events, 'server_upload_time') ~ ', '
    ~ input_column(events, 'event_time') ~ ')' -%}
{% set traits = [
    'parent_account_id', 'name', 'created_at', 'plan', 'status', 'trial_ends_on', 'renews_on', 'industry', 'owner',
    'seats',
] -%}

with

states as (
    select
        {{ amplitude_account(events) }} as account_id,
        {{ input_column(events, 'group_properties') }} as properties,
        max({{ said_at }}) as said_at
    from {{ events['from'] }}
    where
        {{ input_column(events, 'group_properties') }} <> '{}'
        and {{ said_at }} is not null
        and {{ is_of_amplitude_project(events) }}
    group by 1, 2
),

dated as (
    select
        account_id,
        {%- for trait in traits %}
        coalesce(
            {{ json_text('properties', [var('amplitude_group_type'), trait]) }},
            {{ json_text('properties', [trait]) }}
        ) as {{ trait }},
        {%- endfor %}
        said_at
    from states
    where account_id is not null
)

{{ latest_known('dated', 'account_id', traits, 'said_at') }}
