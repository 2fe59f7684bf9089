{#- Mixpanel's tables, as of source_contract. -#}
{% macro contract_of_mixpanel() -%}
    {{ return({
        'makes': ['events', 'users', 'identities'],
        'needs': ['events'],
        'tables': {
            'events': {
                'called': ['mp_master_event', 'raw_export', 'export', 'event', 'events'],
                'marks': [
                    'event properties', 'name insert_id', 'event_name insert_id', 'mp_event_name distinct_id',
                    'event mp_processing_time_ms',
                ],
                'columns': {
                    'event': 'text', 'event_name': 'text', 'mp_event_name': 'text', 'name': 'text', 'time': 'time',
                    'distinct_id': 'text', 'distinct_id_before_identity': 'text', 'user_id': 'text',
                    'mp_user_id': 'text', 'device_id': 'text', 'mp_device_id': 'text', 'insert_id': 'text',
                    'mp_insert_id': 'text', 'mp_processing_time_ms': 'time', '_fivetran_synced': 'time',
                    '_airbyte_extracted_at': 'time', 'properties': 'json', 'account_id': 'json',
                },
            },
            'people': {
                'called': ['mp_people_data_view', 'mp_people_data', 'people'],
                'columns': {'distinct_id': 'text', 'properties': 'json'},
            },
            'identity_mappings': {
                'called': ['mp_identity_mappings_data_view', 'mp_identity_mappings_data', 'identity_mappings'],
                'columns': {'distinct_id': 'text', 'resolved_distinct_id': 'text'},
            },
        },
    }) }}
{%- endmacro %}


{#- What an event says under one of its columns, else in its properties under a key. -#}
{% macro mixpanel_value(events, columns, key) -%}
    {%- set found = [] -%}
    {%- for column in columns if input_column_name(events, column) in events.columns -%}
        {%- do found.append(input_column(events, column)) -%}
    {%- endfor -%}
    {%- if not found -%}
        {{ return('nullif(' ~ json_text(input_column(events, 'properties'), [key]) ~ ", '')") }}
    {%- endif -%}
    {{ return('coalesce(' ~ found | join(', ') ~ ')' if found | length > 1 else found[0]) }}
{%- endmacro %}


{#- The ids of an event: {event_name, distinct_id, user_id, device_id, insert_id, former_id}, each as SQL. former_id is the
    distinct_id under which Mixpanel received the event, where it has changed since. -#}
{% macro mixpanel_ids(events) -%}
    {{ return({
        'event_name': mixpanel_value(events, ['event_name', 'mp_event_name', 'name', 'event'], 'event'),
        'distinct_id': mixpanel_value(events, ['distinct_id'], 'distinct_id'),
        'user_id': mixpanel_value(events, ['user_id', 'mp_user_id'], '$user_id'),
        'device_id': mixpanel_value(events, ['device_id', 'mp_device_id'], '$device_id'),
        'insert_id': mixpanel_value(events, ['insert_id', 'mp_insert_id'], '$insert_id'),
        'former_id': mixpanel_value(events, ['distinct_id_before_identity'], '$distinct_id_before_identity'),
    }) }}
{%- endmacro %}


{#- When an event happened: {received, utc, text}. received is what the source has; where the times are of another zone
    than UTC (var mixpanel_project_timezone) it is their UTC time as text, else what cannot be read. text is the same for
    each copy. Pipelines always write UTC. -#}
{% macro mixpanel_time(events) -%}
    {%- set is_column = input_column_name(events, 'time') in events.columns -%}
    {%- set of_properties = json_text(input_column(events, 'properties'), ['time']) -%}
    {%- set text = input_column_as_text(events, 'time') if is_column else of_properties -%}
    {%- set stated = input_column(events, 'time') if is_column else utc_timestamp(of_properties, type_text()) -%}
    {%- set is_pipeline = 'event_name' in events.columns or 'mp_event_name' in events.columns -%}
    {%- if var('mixpanel_project_timezone') == 'UTC' or is_pipeline -%}
        {{ return({'received': received(events, 'time') if is_column else of_properties, 'utc': stated, 'text': text}) }}
    {%- endif -%}
    {%- set utc = utc_of_local(stated, var('mixpanel_project_timezone')) -%}
    {{ return({'received': 'coalesce(' ~ time_text(utc) ~ ', ' ~ text ~ ')', 'utc': utc, 'text': text}) }}
{%- endmacro %}


{#- When Mixpanel processed an event. -#}
{% macro mixpanel_processed_at(events) -%}
    {%- if input_column_name(events, 'mp_processing_time_ms') in events.columns -%}
        {{ return(input_column(events, 'mp_processing_time_ms')) }}
    {%- endif -%}
    {{ return(utc_timestamp(
        json_text(input_column(events, 'properties'), ['mp_processing_time_ms']), type_text()
    )) }}
{%- endmacro %}
