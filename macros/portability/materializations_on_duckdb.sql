{#- dbt-duckdb builds a relation beside the one that is there, renames both, drops the old one, and asks for the columns
    of an incremental table three times. DuckDB does all of it in one transaction, in which readers see the old rows
    until it ends. For a small company, such statements are most of a night. -#}
{% materialization table, adapter='duckdb' %}
    {{ return(replace_on_duckdb('table')) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(replace_on_duckdb('view')) }}
{% endmaterialization %}

{% materialization incremental, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- if not existing or not existing.is_table or should_full_refresh() -%}
        {{ return(replace_on_duckdb('table')) }}
    {%- endif -%}
    {{ return(run_on_duckdb('table', add_on_duckdb(existing))) }}
{% endmaterialization %}


{#- Makes the relation of the model that runs anew. kind: 'table' or 'view'. -#}
{% macro replace_on_duckdb(kind) -%}
    {%- set relation, existing = this.incorporate(type=kind), load_cached_relation(this) -%}
    {%- if existing and existing.type != kind -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
    {%- set create = get_create_table_as_sql(False, relation, sql) if kind == 'table'
        else get_create_view_as_sql(relation, sql) -%}
    {{ return(run_on_duckdb(kind, 'drop ' ~ kind ~ ' if exists ' ~ relation ~ ';' ~ create)) }}
{%- endmacro %}


{#- The statements that add the rows of the model that runs to its table, after those that they restate are gone. What
    only appends may have new columns; what is restated is made anew when the model changes. -#}
{% macro add_on_duckdb(relation) -%}
    {%- set staged = make_temp_relation(relation) -%}
    {%- do run_query(get_create_table_as_sql(True, staged, sql)) -%}
    {%- if config.get('incremental_strategy') == 'restate' %}
    delete from {{ relation }} where {{ replaced_rows(config) }};
    {%- else -%}
        {%- do process_schema_changes(config.get('on_schema_change'), staged, relation) -%}
    {%- endif %}
    insert into {{ relation }} by name select * from {{ staged }};
    drop table {{ staged }};
{%- endmacro %}


{#- Runs statements for the relation of a model in one transaction: {'relations': [relation]}. -#}
{% macro run_on_duckdb(kind, statements) -%}
    {%- set relation = this.incorporate(type=kind) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=False) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=True) -%}
    {%- call statement('main') -%}
        {{ statements }}
    {%- endcall -%}
    {%- do persist_docs(relation, model) -%}
    {%- do run_hooks(post_hooks, inside_transaction=True) -%}
    {%- do adapter.commit() -%}
    {%- do run_hooks(post_hooks, inside_transaction=False) -%}
    {{ return({'relations': [relation]}) }}
{%- endmacro %}
