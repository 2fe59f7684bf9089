{#- The strategy "restate" where its two statements do not share a transaction by themselves. -#}

{#- Whether a table keeps its old rows if a run dies while it is restated. Else the next run reads everything: the daily
    counts are all that is left of a day that nothing new touches. -#}
{% macro restates_in_one_transaction() -%}
    {{ return(adapter.dispatch('restates_in_one_transaction', 'product_engagement')()) }}
{%- endmacro %}

{% macro default__restates_in_one_transaction() %}{{ return(true) }}{% endmacro %}
{% macro databricks__restates_in_one_transaction() %}{{ return(false) }}{% endmacro %}
{#- It is up to the adapter's autocommit. -#}
{% macro redshift__restates_in_one_transaction() %}{{ return(false) }}{% endmacro %}


{#- Each statement would be its own transaction. -#}
{% macro snowflake__get_incremental_restate_sql(arguments) -%}
    begin;
    {{ default__get_incremental_restate_sql(arguments) }}
    commit;
{%- endmacro %}


{#- dbt hands over a view on the model, which may read the table: it is stored first. Statements run one by one. -#}
{% macro databricks__get_incremental_restate_sql(arguments) -%}
    {%- set target = arguments['target_relation'] -%}
    {%- set staged = target.incorporate(path={'identifier': target.identifier ~ '__dbt_staged'}) -%}
    {{ return([
        'create or replace table ' ~ staged ~ ' as select * from ' ~ arguments['temp_relation'],
        'delete from ' ~ target ~ ' where ' ~ replaced_rows(config),
        'insert into ' ~ target ~ ' by name select * from ' ~ staged,
        'drop table ' ~ staged,
    ]) }}
{%- endmacro %}


{#- dbt's own macros of these names, which know no strategy of a project, nor one that appends: the rows are stored,
    then change places in one transaction. -#}
{% macro dbt_bigquery_validate_get_incremental_strategy(config) -%}
    {{ return(config.get('incremental_strategy') or 'merge') }}
{%- endmacro %}

{% macro bq_generate_incremental_build_sql(
    strategy, tmp_relation, target_relation, sql, unique_key, partition_by, partitions, dest_columns,
    tmp_relation_exists, copy_partitions, incremental_predicates
) -%}
    {%- set columns = dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- if strategy == 'append' -%}
        insert into {{ target_relation }} ({{ columns }})
        select {{ columns }} from (
        {{ sql }}
        )
    {%- elif strategy == 'restate' -%}
        {%- if not tmp_relation_exists -%}
        create or replace table {{ tmp_relation }}
        options (expiration_timestamp = timestamp_add(current_timestamp(), interval 12 hour)) as (
        {{ sql }}
        );
        {%- endif %}
        begin transaction;
        {{ default__get_incremental_restate_sql({
            'target_relation': target_relation, 'temp_relation': tmp_relation,
            'unique_key': unique_key, 'dest_columns': dest_columns,
        }) }}
        commit transaction;
        drop table if exists {{ tmp_relation }};
    {%- else -%}
        {{ dbt.bq_generate_incremental_build_sql(
            strategy, tmp_relation, target_relation, sql, unique_key, partition_by, partitions, dest_columns,
            tmp_relation_exists, copy_partitions, incremental_predicates
        ) }}
    {%- endif -%}
{%- endmacro %}
