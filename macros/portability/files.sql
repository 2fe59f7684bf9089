{#- How the folder ENGAGEMENT_DATA holds one input: {from, columns} as of the macro input, {} where it does not hold
    it, {error: sentence} where it cannot be read. Only DuckDB reads files; elsewhere the inputs are tables. -#}
{% macro file_input(folder, name) -%}
    {{ return(adapter.dispatch('file_input', 'product_engagement')(folder, name)) }}
{%- endmacro %}

{% macro default__file_input(folder, name) -%}
    {{ exceptions.raise_compiler_error(
        'ENGAGEMENT_DATA is set, but the target ' ~ target.type ~ ' reads tables, not folders: unset it and map '
        ~ 'the sources with the vars input_schema and input_tables.'
    ) }}
{%- endmacro %}

{#- The files are looked at in Python (python/engagement/inputs), once in a run. -#}
{% macro duckdb__file_input(folder, name) -%}
    {{ return(fromjson(run_query(
        'select engagement_input(' ~ quoted(folder) ~ ', ' ~ quoted(reading_request()) ~ ", '" ~ name ~ "')"
    ).columns[0].values()[0])) }}
{%- endmacro %}


{#- What is asked of a folder, as JSON: the contract of the inputs, and the files and columns that
    vars map or name. -#}
{% macro reading_request() -%}
    {%- set required = {} -%}
    {%- for name in input_contract() -%}{%- do required.update({name: required_columns(name)}) -%}{%- endfor -%}
    {%- set sources, contract = {}, source_contract() -%}
    {%- for vendor in var('sources') or [] -%}{%- do sources.update({vendor: contract[vendor]}) -%}{%- endfor -%}
    {{ return(tojson({
        'sources': sources, 'source_tables': var('source_tables') or {},
        'types': input_contract(), 'required': required, 'input_columns': var('input_columns') or {},
        'input_tables': var('input_tables') or {}, 'segment_attributes': var('segment_attributes') or {},
    })) }}
{%- endmacro %}


{#- Before anything runs: a folder can only be read with the plugin of this project's profile. -#}
{% macro refuse_files_without_reader() -%}
    {%- if is_building() and target.type == 'duckdb' and env_var('ENGAGEMENT_DATA', '') and not run_query(
        "select 1 from duckdb_functions() where function_name = 'engagement_input' limit 1"
    ).rows -%}
        {{ exceptions.raise_compiler_error(
            'ENGAGEMENT_DATA is set, but the profile does not say how files are read: add "plugins: [{module: '
            ~ 'engagement.inputs.duckdb_plugin}]" to the DuckDB target, with the Python package installed.'
        ) }}
    {%- endif -%}
{%- endmacro %}


{#- When a run ends: stops with one sentence if a file was changed while it was read. -#}
{% macro refuse_changed_files() -%}
    {%- set folder = env_var('ENGAGEMENT_DATA', '') -%}
    {%- if is_building() and target.type == 'duckdb' and folder -%}
        {%- set changed = run_query(
            'select engagement_changed_inputs(' ~ quoted(folder) ~ ', ' ~ quoted(reading_request()) ~ ')'
        ).columns[0].values()[0] -%}
        {%- if changed -%}
            {{ exceptions.raise_compiler_error(
                changed ~ ' changed while the run read it: run again when it has been written.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- The columns of a table: {lower-case name: {name, data_type}}. -#}
{% macro columns_of(relation) -%}
    {%- set columns, type_of_column = {}, adapter.dispatch('type_of_column', 'product_engagement') -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do columns.update({column.name | lower: {'name': column.name, 'data_type': type_of_column(column)}}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{% macro default__type_of_column(column) -%}
    {{ return(column.dtype) }}
{%- endmacro %}

{#- The dtype of a list is that of its items. -#}
{% macro bigquery__type_of_column(column) -%}
    {{ return(column.data_type) }}
{%- endmacro %}
