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
    {%- set patterns = [
        path ~ '.parquet', path ~ '/**/*.parquet', path ~ '.csv', path ~ '.csv.gz', path ~ '.jsonl'
    ] -%}
    {%- set present = [] -%}
    {%- for pattern in patterns if run_query("select 1 from glob('" ~ pattern ~ "') limit 1").rows -%}
        {%- do present.append(pattern) -%}
    {%- endfor -%}
    {%- if present | length > 1 -%}
        {{ exceptions.raise_compiler_error(
            'The input ' ~ name ~ ' is there more than once (' ~ present | join(', ') ~ '): keep one of them.'
        ) }}
    {%- endif -%}
    {{ return(duckdb_reader(name, present[0]) if present else '') }}
{%- endmacro %}


{#- The DuckDB function that reads the files of a pattern, by its ending. Text files are read as text, so that
    no id or time is guessed at. -#}
{% macro duckdb_reader(name, pattern) -%}
    {%- if pattern.endswith('.parquet') -%}
        {{ return("read_parquet('" ~ pattern ~ "', union_by_name = true)") }}
    {%- elif pattern.endswith('.jsonl') -%}
        {%- set reader = "read_json('" ~ pattern ~ "', format = 'newline_delimited'" -%}
        {%- set found = columns_of(reader ~ ')') -%}
        {%- set is_empty = not run_query('select 1 from ' ~ reader ~ ') limit 1').rows -%}
        {%- set columns = [] -%}
        {%- for column in (input_contract()[name] | list) + (var('segment_attributes') or {}).get(name, []) -%}
            {%- set column_name = input_column_name(name, column) -%}
            {%- if is_empty or column_name in found or (
                column in input_contract()[name] and column not in required_columns(name)
            ) -%}
                {%- set key = found.get(column_name, {'name': column_name}).name -%}
                {%- do columns.append("'" ~ key ~ "': 'VARCHAR'") -%}
            {%- endif -%}
        {%- endfor -%}
        {{ return(reader ~ ', columns = {' ~ columns | join(', ') ~ '})') }}
    {%- else -%}
        {{ return("read_csv('" ~ pattern ~ "', header = true, all_varchar = true)") }}
    {%- endif -%}
{%- endmacro %}


{#- The columns of a relation or reader: {lower-case name: {name, data_type}}. -#}
{% macro columns_of(relation) -%}
    {%- set columns = {} -%}
    {%- if relation is string -%}
        {%- for row in run_query('describe select * from ' ~ relation).rows -%}
            {%- do columns.update({row[0] | lower: {'name': row[0], 'data_type': row[1]}}) -%}
        {%- endfor -%}
    {%- else -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do columns.update(
                {column.name | lower: {'name': column.name, 'data_type': column.dtype}}
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}
