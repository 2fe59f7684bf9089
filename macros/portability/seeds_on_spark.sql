{#- dbt-spark's own macro of this name hands cells over apart from the statement; in a session of dbt's own process
    (target spark_session) an empty one then arrives as the text None. Here they are part of the statement. -#}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set statements = [] -%}
    {%- for chunk in agate_table.rows | batch(get_batch_size()) -%}
        {%- set sql -%}
            insert into {{ this.render() }} (`{{ agate_table.column_names | join('`, `') }}`) values
            {%- for row in chunk %}
            (
                {%- for name in agate_table.column_names -%}
                cast({{ spark_literal(row[name]) }} as {{ types.get(name, adapter.convert_type(agate_table, loop.index0)) }})
                {{- ', ' if not loop.last }}
                {%- endfor -%}
            ){{ ',' if not loop.last }}
            {%- endfor %}
        {%- endset -%}
        {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
        {%- do statements.append(sql) -%}
    {%- endfor -%}
    {{ return(statements | first) }}
{%- endmacro %}


{#- A cell of a seed as a text literal; null where it is empty. -#}
{% macro spark_literal(value) -%}
    {%- if value is none -%}
        null
    {%- else -%}
        '{{ value | string | replace('\\', '\\\\') | replace("'", "\\'") }}'
    {%- endif -%}
{%- endmacro %}
