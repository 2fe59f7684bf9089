{#- Whether some columns are together a row of a relation: one of those for which a condition holds, if one is given.
    values: what the relation calls the columns, if not the same. -#}
{% macro in_rows_of(relation, columns, values=none, condition=none) -%}
    {{ return(adapter.dispatch('in_rows_of', 'product_engagement')(relation, columns, values or columns, condition)) }}
{%- endmacro %}

{% macro default__in_rows_of(relation, columns, values, condition) -%}
    {%- set chosen = [] -%}
    {%- for value in values -%}
        {%- do chosen.append('chosen.' ~ value) -%}
    {%- endfor -%}
    {%- set row = chosen | join(', ') -%}
    ({{ columns | join(', ') }}) in (
        select {{ adapter.dispatch('row_of', 'product_engagement')(row) if columns | length > 1 else row }}
        from {{ relation }} as chosen
        {{- ' where ' ~ condition if condition }}
    )
{%- endmacro %}

{% macro default__row_of(columns) -%}
    {{ columns }}
{%- endmacro %}

{#- A subquery in a delete has one column. -#}
{% macro databricks__in_rows_of(relation, columns, values, condition) -%}
    {%- set row, chosen = [], [] -%}
    {%- for column in columns -%}
        {%- do row.append("'" ~ column ~ "', " ~ column) -%}
        {%- do chosen.append("'" ~ column ~ "', chosen." ~ values[loop.index0]) -%}
    {%- endfor -%}
    named_struct({{ row | join(', ') }}) in (
        select named_struct({{ chosen | join(', ') }}) from {{ relation }} as chosen
        {{- ' where ' ~ condition if condition }}
    )
{%- endmacro %}

{#- A subquery of in has one column. -#}
{% macro bigquery__row_of(columns) -%}
    ({{ columns }})
{%- endmacro %}


{#- A select of the percentiles of doubles in a group, interpolated. percentiles: {column: fraction}. -#}
{% macro percentiles_of(relation, group, value, percentiles) -%}
    {{ return(adapter.dispatch('percentiles_of', 'product_engagement')(relation, group, value, percentiles)) }}
{%- endmacro %}

{% macro default__percentiles_of(relation, group, value, percentiles) -%}
    select
        {{ group | join(', ') }}
        {%- for column, fraction in percentiles.items() %},
        percentile_cont({{ fraction }}) within group (order by {{ value }}) as {{ column }}
        {%- endfor %}
    from {{ relation }}
    group by {{ group | join(', ') }}
{%- endmacro %}

{#- No aggregate, but a window function. -#}
{% macro bigquery__percentiles_of(relation, group, value, percentiles) -%}
    select distinct
        {{ group | join(', ') }}
        {%- for column, fraction in percentiles.items() %},
        percentile_cont({{ value }}, {{ fraction }}) over (partition by {{ group | join(', ') }}) as {{ column }}
        {%- endfor %}
    from {{ relation }}
{%- endmacro %}


{#- The columns of a recursive step, after its name: one engine must have them, another must not. -#}
{% macro recursive_columns(columns) -%}
    {{ return(adapter.dispatch('recursive_columns', 'product_engagement')(columns)) }}
{%- endmacro %}

{% macro default__recursive_columns(columns) -%}
    ({{ columns | join(', ') }})
{%- endmacro %}

{% macro bigquery__recursive_columns(columns) -%}
{%- endmacro %}


{#- The first row that a query returns as {column: value}, in lower case on any engine; {} without one. -#}
{% macro first_row(query) -%}
    {%- set found = run_query(query) -%}
    {%- set row = {} -%}
    {%- for column in found.column_names if found.rows -%}
        {%- do row.update({column | lower: found.rows[0][loop.index0]}) -%}
    {%- endfor -%}
    {{ return(row) }}
{%- endmacro %}


{#- A select of rows that are given as text, [{column: text}, ...]; columns: {column: type}. No row where none is. -#}
{% macro literal_rows(rows, columns) -%}
    {{ return(adapter.dispatch('literal_rows', 'product_engagement')(rows, columns)) }}
{%- endmacro %}

{% macro default__literal_rows(rows, columns) -%}
    {%- for row in rows or [{}] %}
    select
        {%- for column, data_type in columns.items() %}
        cast({{ quoted(row.get(column)) }} as {{ data_type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- if not rows %}
    limit 0
    {%- endif %}
{%- endmacro %}

{#- A union of hundreds of selects is hundreds of tasks for Spark, if its stack suffices to analyse it. -#}
{% macro spark__literal_rows(rows, columns) -%}
    select
        {%- for column, data_type in columns.items() %}
        cast({{ column }} as {{ data_type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (values
        {%- for row in rows or [{}] %}
        (
            {%- for column in columns %}{{ quoted(row.get(column)) }}{{ ', ' if not loop.last }}{% endfor -%}
        ){{ ',' if not loop.last }}
        {%- endfor %}) as given ({{ columns | join(', ') }})
    {%- if not rows %}
    where 1 = 0
    {%- endif %}
{%- endmacro %}


{#- Logs queries, a list of texts with Jinja, in the engine's SQL, as JSON: `dbt run-operation` compiles them as models of this
    project, whichever project is run; `dbt compile --inline` does as models of that one. -#}
{% macro compile_queries(queries) -%}
    {%- set compiled = [] -%}
    {%- for query in queries -%}
        {%- do compiled.append(render(query)) -%}
    {%- endfor -%}
    {%- do log(tojson(compiled), info=True) -%}
{%- endmacro %}


{#- For a pre-hook: makes PostgreSQL join by hashing. Where it cannot tell how many rows a query has halfway, it expects one,
    and reads the other table anew for each of thousands. Nothing on other engines. -#}
{% macro join_by_hashing() -%}
    {%- if target.type == 'postgres' -%}set local enable_nestloop = off{%- endif -%}
{%- endmacro %}
