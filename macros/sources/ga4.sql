{#- The tables of GA4's export to BigQuery, as of source_contract. In a folder they are the files of the days; in a
    warehouse, views of all days. -#}
{% macro contract_of_ga4() -%}
    {%- set columns = {
        'event_date': 'text', 'event_timestamp': 'text', 'event_name': 'text', 'event_params': 'json',
        'user_id': 'text', 'user_pseudo_id': 'text', 'user_properties': 'json', 'stream_id': 'text',
        'batch_event_index': 'text', 'batch_page_id': 'text', 'batch_ordering_id': 'text',
    } -%}
    {{ return({
        'makes': ['events', 'users', 'identities'],
        'needs': ['events', 'events_intraday'],
        'tables': {
            'events': {
                'called': ['ga4_events', 'events_2*'],
                'marks': ['event_timestamp event_params user_pseudo_id'],
                'columns': columns,
            },
            'events_intraday': {'called': ['ga4_events_intraday', 'events_intraday_2*'], 'columns': columns},
        },
    }) }}
{%- endmacro %}


{#- A select of columns of GA4's rows: those of the tables of days, and of the intraday tables on days without one.
    columns: names. -#}
{% macro rows_of_ga4(columns) -%}
    {%- set days, intraday = source_table('ga4', 'events'), source_table('ga4', 'events_intraday') -%}
    {%- for table in [days, intraday] | selectattr('columns') | list or [days] -%}
    select
        {%- for column in columns %}
        {{ input_column(table, column) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ table['from'] }}
    {%- if not loop.last %}

    union all

    {% elif not loop.first %}
    where
        {{ input_column(intraday, 'event_date') }} is null
        or {{ input_column(intraday, 'event_date') }} not in (
            select complete.event_date
            from (
                select distinct {{ input_column(days, 'event_date') }} as event_date from {{ days['from'] }}
            ) as complete
            where complete.event_date is not null
        )
    {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- A condition that holds for traffic that counts: all but what the var ga4_traffic_left_out names. parameters: of
    entries_of. -#}
{% macro is_traffic_of_ga4(parameters) -%}
    {%- set left_out = [] -%}
    {%- for name in var('ga4_traffic_left_out') -%}{%- do left_out.append(text_literal(name)) -%}{%- endfor -%}
    {%- if left_out %}
        coalesce({{ text_of_entry(parameters, 'traffic_type') }}, '') not in ({{ left_out | join(', ') }})
    {%- else %}
        1 = 1
    {%- endif %}
    {%- if 'developer' in var('ga4_traffic_left_out') %}
        and coalesce({{ text_of_entry(parameters, 'debug_mode') }}, '0') in ('0', 'false')
    {%- endif %}
{%- endmacro %}
