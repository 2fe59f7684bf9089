-- One row per Amplitude id, as amp:ID, and day on which it came to belong to another: a user, or the id with
-- which it was merged.

{{ config(enabled='amplitude' in var('sources')) }}

{% set events, merges = source_table('amplitude', 'events'), source_table('amplitude', 'merge_ids') -%}
{% set merged_at = 'coalesce(' ~ input_column(merges, 'merge_event_time') ~ ', '
    ~ input_column(merges, 'merge_server_time') ~ ')' -%}

with

links as (
    select
        'amp:' || {{ input_column(events, 'amplitude_id') }} as alias_id,
        {{ input_column(events, 'user_id') }} as user_id,
        max({{ input_column(events, 'event_time') }}) as linked_at
    from {{ events['from'] }}
    where
        {{ input_column(events, 'amplitude_id') }} is not null
        and {{ input_column(events, 'user_id') }} is not null
        and {{ is_of_amplitude_project(events) }}
    group by 1, 2, {{ local_date(input_column(events, 'event_time')) }}

    union all

    select
        'amp:' || {{ input_column(merges, 'amplitude_id') }} as alias_id,
        'amp:' || {{ input_column(merges, 'merged_amplitude_id') }} as user_id,
        {{ merged_at }} as linked_at
    from {{ merges['from'] }}
)

{{ identities_of_links('links') }}
