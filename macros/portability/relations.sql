{#- How a public table is stored that is a selection from tables which every run replaces: as a view; but as a table
    where the view would go with the tables below it, and be missing until the run comes to it. -#}
{% macro public_view() -%}
    {{ return('table' if target.type in ('postgres', 'redshift') else 'view') }}
{%- endmacro %}


{#- The config "indexes" of a table that readers filter by the columns, each by itself; engines that find rows by
    how they lie need none. -#}
{% macro indexes_on(columns) -%}
    {%- set indexes = [] -%}
    {%- for column in columns if target.type == 'postgres' -%}
        {%- do indexes.append({'columns': [column]}) -%}
    {%- endfor -%}
    {{ return(indexes) }}
{%- endmacro %}


{#- Before anything runs: what roles that only read (ENGAGEMENT_READERS, separated by commas) may see: the public
    tables, as soon as they are there. -#}
{% macro grant_to_readers() -%}
    {%- if execute and readers_named() -%}
        {{ return(adapter.dispatch('grant_to_readers', 'product_engagement')(readers_named())) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__grant_to_readers(readers) -%}
    {{ exceptions.raise_compiler_error(
        'ENGAGEMENT_READERS is set, but nothing is granted on the target ' ~ target.type ~ ': unset it.'
    ) }}
{%- endmacro %}

{% macro postgres__grant_to_readers(readers) -%}
    {%- set schema = adapter.quote(public_schema()) -%}
    {%- for name in readers %}
    {%- set reader = adapter.quote(name) %}
    grant usage on schema {{ schema }} to {{ reader }};
    grant select on all tables in schema {{ schema }} to {{ reader }};
    alter default privileges in schema {{ schema }} grant select on tables to {{ reader }};
    {%- endfor %}
{%- endmacro %}


{#- The roles in ENGAGEMENT_READERS. -#}
{% macro readers_named() -%}
    {{ return(env_var('ENGAGEMENT_READERS', '').split(',') | map('trim') | select | list) }}
{%- endmacro %}


{#- Sets a column of text in all rows of a small table. -#}
{% macro set_text(relation, column, text) -%}
    {%- do adapter.dispatch('set_text', 'product_engagement')(relation, column, text) -%}
{%- endmacro %}

{% macro default__set_text(relation, column, text) -%}
    {%- do run_query('update ' ~ relation ~ ' set ' ~ column ~ " = '" ~ text ~ "'") -%}
{%- endmacro %}

{#- No update without a condition. -#}
{% macro bigquery__set_text(relation, column, text) -%}
    {%- do run_query('update ' ~ relation ~ ' set ' ~ column ~ " = '" ~ text ~ "' where true") -%}
{%- endmacro %}

{% macro databricks__set_text(relation, column, text) -%}
    {%- do default__set_text(relation, column, text) -%}
{%- endmacro %}

{#- Tables of parquet files know no update. -#}
{% macro spark__set_text(relation, column, text) -%}
    {%- do spark_write_over(
        relation, 'select * except (' ~ column ~ "), '" ~ text ~ "' as " ~ column ~ ' from ' ~ relation
    ) -%}
{%- endmacro %}


{#- Deletes the rows of a table for which a condition holds. -#}
{% macro delete_rows(relation, condition) -%}
    {%- do adapter.dispatch('delete_rows', 'product_engagement')(relation, condition) -%}
{%- endmacro %}

{% macro default__delete_rows(relation, condition) -%}
    {%- do run_query('delete from ' ~ relation ~ ' where ' ~ condition) -%}
{%- endmacro %}

{% macro databricks__delete_rows(relation, condition) -%}
    {%- do default__delete_rows(relation, condition) -%}
{%- endmacro %}

{#- Tables of parquet files know no delete. -#}
{% macro spark__delete_rows(relation, condition) -%}
    {%- if run_query('select 1 from ' ~ relation ~ ' where ' ~ condition ~ ' limit 1').rows -%}
        {%- do spark_write_over(relation, 'select * from ' ~ relation ~ ' where not (' ~ condition ~ ')') -%}
    {%- endif -%}
{%- endmacro %}


{#- Runs statements in one transaction, as far as the engine allows. shapes: statements that make or alter tables, which
    some engines take in no transaction. -#}
{% macro run_in_one_transaction(statements, shapes) -%}
    {%- do adapter.dispatch('run_in_one_transaction', 'product_engagement')(statements, shapes) -%}
{%- endmacro %}

{% macro default__run_in_one_transaction(statements, shapes) -%}
    {%- call statement('main') -%}
        {{ (shapes + statements) | join(';\n') }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
{%- endmacro %}

{% macro snowflake__run_in_one_transaction(statements, shapes) -%}
    {%- do default__run_in_one_transaction(['begin'] + statements + ['commit'], shapes) -%}
{%- endmacro %}

{% macro bigquery__run_in_one_transaction(statements, shapes) -%}
    {%- do default__run_in_one_transaction(['begin transaction'] + statements + ['commit transaction'], shapes) -%}
{%- endmacro %}

{#- No transaction spans two tables. -#}
{% macro spark__run_in_one_transaction(statements, shapes) -%}
    {%- for sql in shapes + statements -%}
        {%- call statement('main' if loop.last else none) -%}
            {{ sql }}
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}
