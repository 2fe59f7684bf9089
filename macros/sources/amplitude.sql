{#- Amplitude's tables, as of source_contract. -#}
{% macro contract_of_amplitude() -%}
    {{ return({
        'makes': ['events', 'users', 'accounts', 'identities'],
        'needs': ['events'],
        'tables': {
            'events': {
                'called': ['*_????-??-??_*#*', 'event', 'events', 'events_*'],
                'marks': ['amplitude_id event_type event_time'],
                'columns': {
                    'uuid': 'text', '$insert_id': 'text', '_insert_id': 'text', 'event_id': 'text', 'id': 'text',
                    'device_id': 'text', 'event_type': 'text', 'user_id': 'text', 'amplitude_id': 'text', 'app': 'text',
                    'event_time': 'time', 'client_event_time': 'time', 'server_upload_time': 'time',
                    'processed_time': 'time', '_fivetran_synced': 'time', '_airbyte_extracted_at': 'time',
                    'user_creation_time': 'time', 'event_properties': 'json', 'user_properties': 'json',
                    'group_properties': 'json', 'groups': 'json',
                },
            },
            'merge_ids': {
                'called': ['merge_ids', 'merge_ids_*'],
                'columns': {
                    'amplitude_id': 'text', 'merged_amplitude_id': 'text', 'merge_event_time': 'time',
                    'merge_server_time': 'time',
                },
            },
        },
    }) }}
{%- endmacro %}


{#- A condition on the table of events: the row is of a project that is read (var amplitude_projects). -#}
{% macro is_of_amplitude_project(events) -%}
    {%- set projects = [] -%}
    {%- for project in var('amplitude_projects') -%}{%- do projects.append(text_literal(project | string)) -%}{%- endfor -%}
    {{ return(input_column(events, 'app') ~ ' in (' ~ projects | join(', ') ~ ')' if projects else '1 = 1') }}
{%- endmacro %}


{#- The account of a row: its first group of the type that the var amplitude_group_type names. -#}
{% macro amplitude_account(events) -%}
    {{ return(first_json_text(input_column(events, 'groups'), [var('amplitude_group_type')])) }}
{%- endmacro %}
