{#- The vendors' tables of the var sources: {vendor: {makes, needs, tables: {table: {called, columns}}}}. makes: the inputs
    for which models/staging/sources/VENDOR has a model, VENDOR_INPUT. needs: the tables of which one at least must be
    there. called: the names a table may have, by default its own; the first that is there is read, and in the name of
    files a * stands for anything. marks: lists of columns, separated by spaces, of which each tells the table apart from
    all others, whatever it is called (engagement init). columns: those that are read, by type, as in input_contract;
    json: an object or a list, as text. Names match in any case, and in camelCase. -#}
{% macro source_contract() -%}
    {%- set calls = 'event_text anonymous_id received_at' -%}
    {{ return({
        'segment': contract_of_calls(calls),
        'rudderstack': contract_of_calls(calls ~ ' context_request_ip'),
        'snowplow': contract_of_snowplow(),
        'ga4': contract_of_ga4(),
        'amplitude': contract_of_amplitude(),
        'mixpanel': contract_of_mixpanel(),
        'posthog': contract_of_posthog(),
        'pendo': contract_of_pendo(),
        'stripe': contract_of_stripe(),
        'hubspot': contract_of_hubspot(),
        'salesforce': contract_of_salesforce(),
        'zendesk': contract_of_zendesk(),
        'intercom': contract_of_intercom(),
    }) }}
{%- endmacro %}


{#- The models that make an input, of the vendors in the var sources, in its order. -#}
{% macro source_models(name) -%}
    {%- set models, contract = [], source_contract() -%}
    {%- for vendor in var('sources') if name in contract[vendor].makes -%}
        {%- do models.append(vendor ~ '_' ~ name) -%}
    {%- endfor -%}
    {{ return(models) }}
{%- endmacro %}


{#- A vendor's table as its models read it: {name, from, columns, types}, as of the macro input; without columns where it
    is not there. In a folder (ENGAGEMENT_DATA) it is a file, there or in a folder of the vendor's name; else a table of
    the schema that the var source_schemas names. -#}
{% macro source_table(vendor, table) -%}
    {%- set name, types = vendor ~ '.' ~ table, source_contract()[vendor].tables[table].columns -%}
    {%- set nothing = {
        'name': name, 'types': types, 'columns': {}, 'from': '(select 1 as nothing limit 0) as nothing',
    } -%}
    {%- if not execute -%}{{ return(nothing) }}{%- endif -%}

    {%- set folder = env_var('ENGAGEMENT_DATA', '') -%}
    {%- if folder -%}
        {%- set found = file_input(folder, name) -%}
        {%- if found.error and is_building() -%}{{ exceptions.raise_compiler_error(found.error) }}{%- endif -%}
        {%- if not found['from'] -%}{{ return(nothing) }}{%- endif -%}
        {%- set found = {'from': found['from'], 'columns': found.columns} -%}
    {%- else -%}
        {%- set relation = source_relation(vendor, table) -%}
        {%- if not relation -%}{{ return(nothing) }}{%- endif -%}
        {%- set found = {'from': relation, 'columns': columns_of(relation)} -%}
    {%- endif -%}
    {%- for column in types if column not in found.columns and column | replace('_', '') in found.columns -%}
        {%- do found.columns.update({column: found.columns[column | replace('_', '')]}) -%}
    {%- endfor -%}
    {%- do found.update({'name': name}) -%}
    {{ return(dict(with_expressions(found), types=types)) }}
{%- endmacro %}


{#- A vendor's table in the warehouse; none where it is not there. -#}
{% macro source_relation(vendor, table) -%}
    {%- set given = (var('source_tables').get(vendor) or {}).get(table) -%}
    {%- for called in ([given] if given else source_contract()[vendor].tables[table].called or [table]) -%}
        {%- set relation = adapter.get_relation(
            source('engagement', 'events').database, var('source_schemas').get(vendor) or var('input_schema'), called
        ) -%}
        {%- if relation -%}{{ return(relation) }}{%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}


{#- A column of a vendor's table as it was received, so that what cannot be read is told from what is not there; null
    where the table lacks it. -#}
{% macro received(table, column) -%}
    {%- set found = table.columns.get(input_column_name(table, column)) -%}
    {{ return(adapter.quote(found.name) if found else 'cast(null as ' ~ type_text() ~ ')') }}
{%- endmacro %}


{#- The first of some columns that a vendor's table has; the first of all where it has none. -#}
{% macro first_column(table, columns) -%}
    {%- for column in columns if input_column_name(table, column) in table.columns -%}{{ return(column) }}{%- endfor -%}
    {{ return(columns[0]) }}
{%- endmacro %}


{#- Whether a vendor's table, and not the company's own input, has the name of an input in the schema of inputs. In a
    folder the reader of files tells them apart. -#}
{% macro is_claimed(name) -%}
    {%- set called = (var('input_tables').get(name) or name) | lower -%}
    {%- for vendor in var('sources') if (var('source_schemas').get(vendor) or var('input_schema')) == var('input_schema') -%}
        {%- for table in source_contract()[vendor].tables -%}
            {%- set relation = source_relation(vendor, table) -%}
            {%- if relation and relation.identifier | lower == called -%}{{ return(true) }}{%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}


{#- An input that the vendors in the var sources make, as of the macro input: their rows, and those of the company's own
    input, if there is one. -#}
{% macro made_input(name, models) -%}
    {%- set own = {} if is_claimed(name) and not env_var('ENGAGEMENT_DATA', '') else own_input(name) -%}
    {%- set parts = [own] if own.columns else [] -%}
    {%- for model in models -%}
        {%- do parts.append({'name': name, 'is_made': true, 'from': ref(model), 'columns': columns_of(ref(model))}) -%}
    {%- endfor -%}
    {%- if parts | length == 1 -%}{{ return(parts[0]) }}{%- endif -%}

    {%- if name == 'account_history' -%}
        {{ return({
            'name': name, 'is_made': true, 'columns': history_columns(), 'from': merged_histories(parts),
        }) }}
    {%- endif -%}

    {%- set columns = {} -%}
    {%- for column in input_contract()[name].keys() | list + (var('segment_attributes') or {}).get(name, []) -%}
        {%- set types = [] -%}
        {%- for part in parts if input_column_name(part, column) in part.columns -%}
            {%- do types.append(part.columns[input_column_name(part, column)].data_type) -%}
        {%- endfor -%}
        {%- if types -%}
            {%- do columns.update({column: {
                'name': column, 'data_type': types[0] if types | unique | list | length == 1 else type_text(),
            }}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set selects = [] -%}
    {%- for part in parts -%}
        {%- do selects.append(columns_as_agreed(part, columns)) -%}
    {%- endfor -%}
    {%- set id = {'users': 'user_id', 'accounts': 'account_id'}.get(name) -%}
    {{ return({
        'name': name, 'is_made': true, 'columns': columns,
        'from': merged_by_id(selects, columns, id) if id else '(' ~ selects | join(' union all ') ~ ') as ' ~ name,
    }) }}
{%- endmacro %}


{#- A select of some columns of an input, each of the type given, which is its own or text. -#}
{% macro columns_as_agreed(input, columns) -%}
    {%- set selected = [] -%}
    {%- for column, agreed in columns.items() -%}
        {%- set found = input.columns.get(input_column_name(input, column)) -%}
        {%- set value = source_column(input, column) if found.data_type == agreed.data_type
            else input_column_as_text(input, column) if found
            else 'cast(null as ' ~ agreed.data_type ~ ')' -%}
        {%- do selected.append(value ~ ' as ' ~ adapter.quote(column)) -%}
    {%- endfor -%}
    {{ return('select ' ~ selected | join(', ') ~ ' from ' ~ input['from']) }}
{%- endmacro %}


{#- What follows from: users or accounts that several selects know, a row each. Each column is the first that is there,
    in the order of the selects; blank text is not. -#}
{% macro merged_by_id(selects, columns, id) -%}
    {%- set id, ids, joins, selected = adapter.quote(id), [], [], [] -%}
    {%- for select in selects -%}
        {%- do ids.append('select ' ~ id ~ ' from (' ~ select ~ ') as part_' ~ loop.index) -%}
        {%- do joins.append(
            'left join (' ~ select ~ ') as part_' ~ loop.index ~ ' on ids.' ~ id ~ ' = part_' ~ loop.index ~ '.' ~ id
        ) -%}
    {%- endfor -%}
    {%- for column, agreed in columns.items() -%}
        {%- set values = [] -%}
        {%- for _ in selects -%}
            {%- set value = 'part_' ~ loop.index ~ '.' ~ adapter.quote(column) -%}
            {%- do values.append(text_or_null(value) if is_text(agreed.data_type) else value) -%}
        {%- endfor -%}
        {%- do selected.append('coalesce(' ~ values | join(', ') ~ ') as ' ~ adapter.quote(column)) -%}
    {%- endfor -%}
    {{ return(
        '(select ' ~ selected | join(', ') ~ ' from (select distinct ' ~ id ~ ' from ('
        ~ ids | join(' union all ') ~ ') as every_id) as ids '
        ~ joins | join(' ') ~ ') as merged'
    ) }}
{%- endmacro %}


{#- The columns of account_history as merged_histories has them, as of columns_of. -#}
{% macro history_columns() -%}
    {%- set columns = {} -%}
    {%- for column, type in input_contract()['account_history'].items() -%}
        {%- do columns.update({column: {'name': column, 'data_type': contract_type(type)}}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#- What follows from: the history of accounts that several inputs know, a row per account and time at which one of them
    changes. Each attribute is what the first of them that knows it by then last said; so an empty one is none of the
    others' business. -#}
{% macro merged_histories(parts) -%}
    {%- set attributes, columns, selects, values, selected = ['plan', 'status', 'owner'], [], [], {}, [] -%}
    {%- for part in parts -%}
        {%- set number, row = loop.index, [] -%}
        {%- for other in parts -%}
            {%- set of_part = loop.index -%}
            {%- for attribute in attributes -%}
                {%- do row.append(
                    (input_column(part, attribute) if of_part == number else 'cast(null as ' ~ type_text() ~ ')')
                    ~ ' as ' ~ attribute ~ '_' ~ of_part
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- do selects.append(
            'select ' ~ input_column(part, 'account_id') ~ ' as account_id, ' ~ input_column(part, 'valid_from')
            ~ ' as valid_from, ' ~ row | join(', ') ~ ' from ' ~ part['from'] ~ ' where '
            ~ input_column(part, 'valid_from') ~ ' is not null'
        ) -%}
        {%- for attribute in attributes -%}
            {%- do columns.append(attribute ~ '_' ~ number) -%}
            {%- do values.update({attribute: values.get(attribute, []) + [attribute ~ '_' ~ number]}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for column in ['account_id', 'valid_from'] -%}
        {%- do selected.append(column ~ ' as ' ~ adapter.quote(column)) -%}
    {%- endfor -%}
    {%- for attribute in attributes -%}
        {%- do selected.append('coalesce(' ~ values[attribute] | join(', ') ~ ') as ' ~ adapter.quote(attribute)) -%}
    {%- endfor -%}
    {{ return(
        '(select ' ~ selected | join(', ') ~ ' from (' ~ carried_forward(
            '(' ~ selects | join(' union all ') ~ ') as histories', 'account_id', 'valid_from', columns
        ) ~ ') as carried) as account_history'
    ) }}
{%- endmacro %}
