{#- The inputs and their columns: {input: {column: type}} (docs/inputs.md).
    Types: text, time (UTC timestamp), date, month (its first day), integer, number, boolean. -#}
{% macro input_contract() -%}
    {{ return({
        'events': {
            'event_id': 'text', 'event_name': 'text', 'user_id': 'text', 'occurred_at': 'time',
            'account_id': 'text', 'loaded_at': 'time', 'properties': 'text', 'quantity': 'number',
            'actor': 'text',
        },
        'users': {
            'user_id': 'text', 'account_id': 'text', 'created_at': 'time', 'email': 'text', 'role': 'text',
            'is_internal': 'boolean', 'is_champion': 'boolean',
        },
        'accounts': {
            'account_id': 'text', 'parent_account_id': 'text', 'name': 'text', 'created_at': 'time',
            'plan': 'text', 'status': 'text', 'trial_ends_on': 'date', 'renews_on': 'date',
            'industry': 'text', 'owner': 'text', 'seats': 'integer',
        },
        'memberships': {
            'user_id': 'text', 'account_id': 'text', 'valid_from': 'time', 'valid_to': 'time',
        },
        'account_history': {
            'account_id': 'text', 'valid_from': 'time', 'plan': 'text', 'status': 'text', 'owner': 'text',
        },
        'subscriptions': {
            'account_id': 'text', 'month': 'month', 'mrr': 'number', 'subscription_id': 'text', 'currency': 'text',
            'months': 'integer', 'ended_as_agreed': 'boolean',
        },
        'identities': {
            'alias_id': 'text', 'user_id': 'text', 'valid_from': 'time', 'valid_to': 'time',
        },
        'account_identities': {'alias_id': 'text', 'account_id': 'text'},
        'account_facts': {'account_id': 'text', 'measured_on': 'date', 'name': 'text', 'value': 'number'},
        'signal_actions': {
            'account_id': 'text', 'signal': 'text', 'opened_on': 'date', 'state': 'text', 'at': 'time', 'by': 'text',
            'note': 'text',
        },
    }) }}
{%- endmacro %}


{#- The columns that an input must have, if it is there at all. -#}
{% macro required_columns(name) -%}
    {{ return({
        'events': ['event_id', 'event_name', 'user_id', 'occurred_at'],
        'users': ['user_id'],
        'accounts': ['account_id'],
        'memberships': ['user_id', 'account_id'],
        'account_history': ['account_id', 'valid_from'],
        'subscriptions': ['account_id', 'month', 'mrr'],
        'identities': ['alias_id', 'user_id'],
        'account_identities': ['alias_id', 'account_id'],
        'account_facts': ['account_id', 'measured_on', 'name', 'value'],
        'signal_actions': ['account_id', 'signal', 'opened_on', 'state'],
    }[name]) }}
{%- endmacro %}


{#- What a column of the contract is called in an input, lower case: as the var input_columns maps it, mapped_COLUMN where
    an SQL expression takes its place. -#}
{% macro input_column_name(input, column) -%}
    {%- set mapped = (var('input_columns').get(input.name) or {}).get(column, column) -%}
    {%- if input.is_made -%}{{ return(column) }}{%- endif -%}
    {{ return(('mapped_' ~ column if mapped is mapping else mapped) | lower) }}
{%- endmacro %}


{#- The columns of an input by type, as the contract says: {column: type}. -#}
{% macro input_types(input) -%}
    {{ return(input.types or input_contract()[input.name]) }}
{%- endmacro %}


{#- An input of which SQL expressions (var input_columns: {events: {occurred_at: {sql: ...}}}) are further columns, as
    text. -#}
{% macro with_expressions(input) -%}
    {%- set selected, columns = [], dict(input.columns) -%}
    {%- for column, mapped in (var('input_columns').get(input.name) or {}).items() if mapped is mapping -%}
        {%- set name = 'mapped_' ~ column -%}
        {%- do selected.append('cast((' ~ mapped.sql ~ ') as ' ~ type_text() ~ ') as ' ~ adapter.quote(name)) -%}
        {%- do columns.update({name: {'name': name, 'data_type': type_text()}}) -%}
    {%- endfor -%}
    {%- if not selected -%}{{ return(input) }}{%- endif -%}
    {{ return({
        'name': input.name, 'columns': columns,
        'from': '(select *, ' ~ selected | join(', ') ~ ' from ' ~ input['from'] ~ ') as '
            ~ input.name | replace('.', '_'),
    }) }}
{%- endmacro %}


{#- The table of an input: a model of the project that installs this one (var input_models), else a source. -#}
{% macro input_table(name) -%}
    {%- set model = var('input_models').get(name) -%}
    {{ return(ref(project_name, model) if model else source('engagement', name)) }}
{%- endmacro %}


{#- An input as the models read it: {name, from, columns}. `from` is SQL for a from clause, `columns` what
    columns_of says. Where vendors make it (var sources), as of made_input; else the company's own. -#}
{% macro input(name) -%}
    {%- set models = [] if name in var('input_models') else source_models(name) -%}
    {%- if not models -%}{{ return(own_input(name)) }}{%- endif -%}
    {%- for model in models -%}{%- do ref(model) -%}{%- endfor -%}
    {{ return(made_input(name, models) if execute else own_input(name)) }}
{%- endmacro %}


{#- The company's own input, as of the macro input. A model of the var input_models comes before a folder
    (ENGAGEMENT_DATA), and that before mapped tables; an optional input that is not there is an empty one. Stops with one
    sentence if a file cannot be read. -#}
{% macro own_input(name) -%}
    {%- set table = input_table(name) -%}
    {%- set nothing = {'name': name, 'from': '(select 1 as nothing limit 0) as nothing', 'columns': {}} -%}
    {%- if not execute -%}{{ return(nothing) }}{%- endif -%}

    {%- set folder = env_var('ENGAGEMENT_DATA', '') -%}
    {%- if folder and name not in var('input_models') -%}
        {%- set found = file_input(folder, name) -%}
        {%- if found.error and is_building() -%}{{ exceptions.raise_compiler_error(found.error) }}{%- endif -%}
        {%- if not found['from'] -%}{{ return(nothing) }}{%- endif -%}
        {{ return(with_expressions({'name': name, 'from': found['from'], 'columns': found.columns})) }}
    {%- endif -%}

    {%- set relation = adapter.get_relation(table.database, table.schema, table.identifier) -%}
    {%- if not relation -%}{{ return(nothing) }}{%- endif -%}
    {%- set found = with_expressions({'name': name, 'from': relation, 'columns': columns_of(relation)}) -%}
    {%- set lacking = lacking_columns(name, table, found.columns) if name in var('input_models') else none -%}
    {%- if lacking and is_building() -%}{{ exceptions.raise_compiler_error(lacking) }}{%- endif -%}
    {{ return(found) }}
{%- endmacro %}


{#- What is wrong with the table of an input that is there: a sentence, or nothing. -#}
{% macro lacking_columns(name, table, columns) -%}
    {%- set missing, unknown = [], [] -%}
    {%- for column in required_columns(name) if input_column_name({'name': name}, column) not in columns -%}
        {%- do missing.append(input_column_name({'name': name}, column)) -%}
    {%- endfor -%}
    {%- for mapped in (var('input_columns').get(name) or {}).values()
        if mapped is string and mapped | lower not in columns and mapped | lower not in missing -%}
        {%- do unknown.append(mapped) -%}
    {%- endfor -%}
    {%- if unknown and not missing -%}
        {{ return(
            'The input ' ~ name ~ ' at ' ~ table ~ ' has no column ' ~ unknown | join(', ') ~ ', which the var input_columns'
            ~ ' names. It has ' ~ columns | join(', ') ~ '.'
        ) }}
    {%- endif -%}
    {%- if missing -%}
        {{ return(
            'The input ' ~ name ~ ' at ' ~ table ~ ' lacks the required column ' ~ missing | join(', ')
            ~ ': add it, or name the column that holds it in the var input_columns. It has ' ~ columns | join(', ') ~ '.'
        ) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}


{#- Before anything runs: stops where the var input_columns names a column that the contract does not have. -#}
{% macro refuse_unknown_columns() -%}
    {%- set contract = input_contract() -%}
    {%- for vendor in var('sources') -%}
        {%- for table, content in source_contract()[vendor].tables.items() -%}
            {%- do contract.update({vendor ~ '.' ~ table: content.columns}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name, mapped in (var('input_columns') or {}).items() if is_building() -%}
        {%- set known = (contract[name] or {}).keys() | list + (var('segment_attributes') or {}).get(name, []) -%}
        {%- for column in mapped or {} if column not in known -%}
            {{ exceptions.raise_compiler_error(
                'The var input_columns names the column ' ~ column ~ ' of ' ~ name ~ ', which has ' ~ known | join(', ')
                ~ '. Left is the name in docs/inputs.md, right is yours.'
            ) }}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}


{#- Before anything runs: stops with all that the mapped tables lack. Files are looked at by their reader, and models
    by the models that read them. -#}
{% macro refuse_incomplete_tables() -%}
    {%- if is_building() and not env_var('ENGAGEMENT_DATA', '') -%}
        {%- set problems = [] -%}
        {%- for name in input_contract() if name not in var('input_models') and not source_models(name) -%}
            {%- set table, found = input_table(name), input(name) -%}
            {%- set lacking = lacking_columns(name, table, found.columns) if found.columns else none -%}
            {%- if lacking -%}
                {%- do problems.append(lacking) -%}
            {%- elif not found.columns and name == 'events' -%}
                {%- do problems.append(
                    'There are no events at ' ~ table ~ ': set ENGAGEMENT_DATA to a folder that holds events.parquet, '
                    ~ 'events.csv, events.csv.gz, events.jsonl or events/*.parquet, or map the source with the vars '
                    ~ 'input_schema and input_tables, or name a model of yours in input_models.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if problems -%}{{ exceptions.raise_compiler_error(problems | join('\n')) }}{%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- A column of an input as its source calls it, quoted; it must be there. -#}
{% macro source_column(input, column) -%}
    {{ return(adapter.quote(input.columns[input_column_name(input, column)].name)) }}
{%- endmacro %}


{#- The columns of an input that have another type than in the contract, aside from text: what may be unreadable.
    Events with an unreadable time or quantity are rejected. -#}
{% macro unreadable_columns(input) -%}
    {%- set columns = [] -%}
    {%- for column, type in input_types(input).items() -%}
        {%- set found = input.columns.get(input_column_name(input, column)) -%}
        {%- if found and column not in ['occurred_at', 'quantity'] and not has_type(found.data_type, type) -%}
            {%- do columns.append(column) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#- Whether a type, as the engine names it, holds every value of a type of the contract. -#}
{% macro has_type(data_type, type) -%}
    {%- set name = data_type | lower -%}
    {{ return(
        type == 'text'
        or (type in ('time', 'date', 'month') and is_time(name))
        or (type == 'boolean' and is_boolean(name))
        or (type in ('integer', 'number') and not (is_text(name) or is_time(name) or is_boolean(name)))
    ) }}
{%- endmacro %}


{#- A select of input_column, unreadable_values and example: for each such column of each input, how many values are
    there and cannot be read, and one of them. -#}
{% macro count_unreadable_values() -%}
    {%- set selects = ["select '' as input_column, 0 as unreadable_values, '' as example"] -%}
    {%- for name in input_contract() -%}
        {%- set relation = input(name) -%}
        {%- for column in unreadable_columns(relation) -%}
            {%- do selects.append(
                "select '" ~ name ~ '.' ~ column ~ "' as input_column, count(*) as unreadable_values, "
                ~ first_text(input_column(relation, column, 'text')) ~ ' as example from ' ~ relation['from'] ~ ' where ' ~ input_column(relation, column, 'text') ~ ' is not null and '
                ~ input_column(relation, column) ~ ' is null'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(selects | join(' union all ')) }}
{%- endmacro %}


{#- A type of the contract as the engine names it. -#}
{% macro contract_type(type) -%}
    {{ return({
        'text': type_text(), 'json': type_text(), 'time': type_timestamp(), 'date': 'date', 'month': 'date',
        'integer': 'bigint', 'number': type_double(), 'boolean': 'boolean',
    }[type]) }}
{%- endmacro %}


{#- One column of an input, cast to the contract's type or the one given; null where the input lacks it.
    Blank text is null. -#}
{% macro input_column(input, column, type=none) -%}
    {%- set type = type or input_types(input)[column] -%}
    {%- set name = input_column_name(input, column) -%}
    {%- set data_type = contract_type(type) -%}
    {%- if name not in input.columns -%}
        cast(null as {{ data_type }})
    {%- elif type == 'time' -%}
        {{ utc_timestamp(source_column(input, column), input.columns[name].data_type) }}
    {%- elif type == 'date' -%}
        cast({{ utc_timestamp(source_column(input, column), input.columns[name].data_type) }} as date)
    {%- elif type == 'month' -%}
        {{ month_start(source_column(input, column), input.columns[name].data_type) }}
    {%- elif type == 'boolean' and is_boolean(input.columns[name].data_type) -%}
        {{ source_column(input, column) }}
    {%- elif type == 'text' -%}
        {{ text_or_null(source_column(input, column)) }}
    {%- elif type == 'json' -%}
        {{ json_as_text(source_column(input, column), input.columns[name].data_type) }}
    {%- else -%}
        {{ try_cast(text_or_null(source_column(input, column)), data_type) }}
    {%- endif -%}
{%- endmacro %}


{#- A column of an input as text, as it was received; a timestamp as its UTC time, whatever the session's zone. -#}
{% macro input_column_as_text(input, column) -%}
    {%- set found = input.columns.get(input_column_name(input, column), {'data_type': ''}) -%}
    {%- if is_time(found.data_type) -%}
        {{ time_text(input_column(input, column, 'time')) }}
    {%- else -%}
        {{ input_column(input, column, 'text') }}
    {%- endif -%}
{%- endmacro %}


{#- Whether a column of an input holds a value at all, readable or not; blank text is none. -#}
{% macro input_is_present(input, column) -%}
    {%- set found = input.columns.get(input_column_name(input, column)) -%}
    {%- if not found -%}
        1 = 0
    {%- elif is_text(found.data_type) -%}
        {{ input_column(input, column, 'text') }} is not null
    {%- else -%}
        {{ source_column(input, column) }} is not null
    {%- endif -%}
{%- endmacro %}


{#- A time column of an input as its source has it, for filters that let the engine skip what cannot match;
    a null timestamp where the input lacks it. -#}
{% macro source_time(input, column) -%}
    {%- set found = input.columns.get(input_column_name(input, column)) -%}
    {%- if found and is_time(found.data_type) -%}
        {{ source_column(input, column) }}
    {%- else -%}
        {{ input_column(input, column) }}
    {%- endif -%}
{%- endmacro %}


{#- What follows the from clause of an input whose account_id may be that of a merged account. -#}
{% macro join_merged_accounts(input) -%}
    left join {{ ref('stg_account_identities') }} as merged_accounts
        on {{ input_column(input, 'account_id') }} = merged_accounts.merged_account_id
{%- endmacro %}


{#- The account_id of such an input, after all merges. -#}
{% macro surviving_account_id(input) -%}
    coalesce(merged_accounts.surviving_account_id, {{ input_column(input, 'account_id') }})
{%- endmacro %}
