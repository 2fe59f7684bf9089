-- One row per event of the projects that are read, without those that are no behaviour.

{{ config(enabled='amplitude' in var('sources')) }}

{% set events = source_table('amplitude', 'events') -%}
{% set counter = 'coalesce(' ~ input_column(events, 'event_id') ~ ', ' ~ input_column(events, 'id') ~ ')' -%}

select
    coalesce(
        {{ input_column(events, 'uuid') }},
        {{ input_column(events, '$insert_id') }},
        {{ input_column(events, '_insert_id') }},
        {{ row_hash([
            counter,
            input_column(events, 'device_id'),
            input_column_as_text(events, 'client_event_time'),
            input_column(events, 'user_id'),
            input_column(events, 'amplitude_id'),
            input_column(events, 'event_type'),
        ]) }}
    ) as event_id,
    {{ input_column(events, 'event_type') }} as event_name,
    coalesce(
        {{ input_column(events, 'user_id') }},
        'amp:' || {{ input_column(events, 'amplitude_id') }}
    ) as user_id,
    {{ received(events, 'event_time') }} as occurred_at,
    {{ amplitude_account(events) }} as account_id,
    coalesce(
        {{ input_column(events, '_fivetran_synced') }},
        {{ input_column(events, '_airbyte_extracted_at') }},
        {{ input_column(events, 'processed_time') }},
        {{ input_column(events, 'server_upload_time') }}
    ) as loaded_at,
    {{ input_column(events, 'event_properties') }} as properties
from {{ events['from'] }}
where
    {{ is_of_amplitude_project(events) }}
    and {{ is_kept_event(
        input_column(events, 'event_type'),
        ['$identify', '$groupidentify', 'session_start', 'session_end', 'revenue_amount'],
        ['[Amplitude] '],
    ) }}
