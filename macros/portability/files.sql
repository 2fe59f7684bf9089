{#- SQL that reads one input from a folder, '' where the folder does not hold it. Only engines that read
    files by themselves have it; elsewhere the inputs are tables. -#}
{% macro file_relation(folder, name) -%}
    {{ return(adapter.dispatch('file_relation', 'product_engagement')(folder, name)) }}
{%- endmacro %}

{% macro default__file_relation(folder, name) -%}
    {{ exceptions.raise_compiler_error(
        'ENGAGEMENT_DATA is set, but the target ' ~ target.type ~ ' reads tables, not folders: unset it and map '
        ~ 'the sources with the vars input_schema and input_tables.'
    ) }}
{%- endmacro %}

{% macro duckdb__file_relation(folder, name) -%}
    {%- set path = (folder.rstrip('/') ~ '/' ~ name) | replace("'", "''") -%}
    {%- set readers = {
        path ~ '.parquet': "read_parquet('" ~ path ~ ".parquet')",
        path ~ '.csv': "read_csv('" ~ path ~ ".csv', header = true, all_varchar = true)",
        path ~ '.csv.gz': "read_csv('" ~ path ~ ".csv.gz', header = true, all_varchar = true)",
        path ~ '.jsonl': "read_json('" ~ path ~ ".jsonl', format = 'newline_delimited', columns = "
            ~ json_columns(name) ~ ")",
        path ~ '/**/*.parquet': "read_parquet('" ~ path ~ "/**/*.parquet', union_by_name = true)",
    } -%}
    {%- set present = [] -%}
    {%- for pattern in readers if run_query("select 1 from glob('" ~ pattern ~ "') limit 1").rows -%}
        {%- do present.append(pattern) -%}
    {%- endfor -%}
    {%- if present | length > 1 -%}
        {{ exceptions.raise_compiler_error(
            'The input ' ~ name ~ ' is there more than once (' ~ present | join(', ') ~ '): keep one of them.'
        ) }}
    {%- endif -%}
    {{ return(readers[present[0]] if present else '') }}
{%- endmacro %}


{#- The columns of an input as read_json takes them: all as text, so that no id or time is guessed at. -#}
{% macro json_columns(name) -%}
    {%- set columns = [] -%}
    {%- for column in input_contract()[name] -%}
        {%- do columns.append("'" ~ input_column_name(name, column) ~ "': 'VARCHAR'") -%}
    {%- endfor -%}
    {{ return('{' ~ columns | join(', ') ~ '}') }}
{%- endmacro %}


{#- The columns and types of a relation or reader: {lower-case name: type}. -#}
{% macro column_types(relation) -%}
    {%- set types = {} -%}
    {%- if relation is string -%}
        {%- for row in run_query('describe select * from ' ~ relation).rows -%}
            {%- do types.update({row[0] | lower: row[1]}) -%}
        {%- endfor -%}
    {%- else -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do types.update({column.name | lower: column.dtype}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(types) }}
{%- endmacro %}
