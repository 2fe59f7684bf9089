{#- dbt's materialization of incremental models, for Spark's tables of parquet files, which have no delete. The new rows
    are staged first; then they take the place of the replaced ones. A table whose key begins with a day is partitioned
    by it, so that only the partitions of those days are written. -#}
{% materialization incremental, adapter='spark' -%}
    {%- set existing = load_relation(this) -%}
    {%- set staged = this.incorporate(path={'identifier': this.identifier ~ '__dbt_tmp'}) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is none or should_full_refresh() -%}
        {%- do spark_execute('drop table if exists ' ~ this) -%}
        {%- call statement('main') -%}
            {{ spark_table(this, compiled_code, spark_partition()) }}
        {%- endcall -%}
    {%- else -%}
        {%- do spark_execute('drop table if exists ' ~ staged) -%}
        {%- call statement('main') -%}
            {{ spark_table(staged, compiled_code, none) }}
        {%- endcall -%}
        {%- do process_schema_changes(config.get('on_schema_change', 'ignore'), staged, existing) -%}
        {%- if config.get('incremental_strategy') == 'restate' -%}
            {%- do spark_restate(this, staged, spark_partition()) -%}
        {%- else -%}
            {%- do spark_execute('insert into ' ~ this ~ ' by name select * from ' ~ staged) -%}
        {%- endif -%}
        {%- do spark_execute('drop table if exists ' ~ staged) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this]}) }}
{%- endmaterialization %}


{#- The column by which a table is partitioned: the first of its key, where that is a day; else none. -#}
{% macro spark_partition() -%}
    {%- set key = config.get('unique_key') -%}
    {%- set first = key if key is string or not key else key[0] -%}
    {{ return(first if first and first.endswith('_date') else none) }}
{%- endmacro %}


{#- A create table as, partitioned by a column if one is given, with a file for each partition. -#}
{% macro spark_table(relation, select, partition) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(select) }}
    {%- endif %}
    create table {{ relation }}
    using parquet
    {%- if partition %}
    partitioned by ({{ partition }})
    {%- endif %}
    as
    select{{ ' /*+ rebalance(' ~ partition ~ ') */' if partition }} * from (
    {{ select }}
    ) as made
{%- endmacro %}


{#- The strategy "restate" (macros/incremental/restate.sql). The old rows that stay in a partition that changes are
    staged as well (without partitions: all that stay), and then the staged rows take their place. A table restated by
    days alone changes by whole partitions, in which no row stays. -#}
{% macro spark_restate(relation, staged, partition) -%}
    {%- set replaced = '(' ~ replaced_rows(config) ~ ')' -%}
    {%- set meta = config.get('meta') or {} -%}
    {%- set by_whole_days = partition and not meta.restated_in and meta.scope != 'entities'
        and 'version' not in config.get('unique_key') -%}
    {%- if not by_whole_days -%}
        {%- do spark_execute(
            'insert into ' ~ staged ~ ' by name select old.* from ' ~ relation ~ ' as old where not ' ~ replaced ~ (
                ' and ' ~ partition ~ ' in (select ' ~ partition ~ ' from ' ~ relation ~ ' where ' ~ replaced
                ~ ' union select ' ~ partition ~ ' from ' ~ staged ~ ')' if partition else ''
            )
        ) -%}
    {%- endif -%}
    {%- if partition -%}
        {%- set emptied = run_query(
            'select distinct ' ~ partition ~ ' from ' ~ relation ~ ' as old where ' ~ replaced ~ ' and ' ~ partition
            ~ ' not in (select ' ~ partition ~ ' from ' ~ staged ~ ')'
        ).columns[0].values() -%}
        {%- for day in emptied -%}
            {%- do spark_execute(
                'alter table ' ~ relation ~ ' drop if exists partition (' ~ partition ~ " = date '" ~ day ~ "')"
            ) -%}
        {%- endfor -%}
        {%- do spark_execute('set spark.sql.sources.partitionOverwriteMode = dynamic') -%}
        {%- do spark_execute(
            'insert overwrite table ' ~ relation ~ ' partition (' ~ partition ~ ') by name'
            ~ ' select /*+ rebalance(' ~ partition ~ ') */ * from ' ~ staged
        ) -%}
    {%- else -%}
        {%- do spark_take_place(staged, relation) -%}
    {%- endif -%}
{%- endmacro %}


{#- Puts a staged table in the place of another. -#}
{% macro spark_take_place(staged, relation) -%}
    {%- do spark_execute('drop table ' ~ relation) -%}
    {%- do spark_execute('alter table ' ~ staged ~ ' rename to ' ~ relation) -%}
{%- endmacro %}


{#- Writes a table over with the rows of a query, which may read the table itself; makes it if it is not there. -#}
{% macro spark_write_over(relation, query) -%}
    {%- set existing = adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
    {%- set written = relation.incorporate(path={'identifier': relation.identifier ~ '__dbt_tmp'}) if existing else relation -%}
    {%- do spark_execute('drop table if exists ' ~ written) -%}
    {%- do spark_execute('create table ' ~ written ~ ' using parquet as ' ~ query) -%}
    {%- if existing -%}
        {%- do spark_take_place(written, relation) -%}
    {%- endif -%}
{%- endmacro %}


{#- Runs a statement. -#}
{% macro spark_execute(sql) -%}
    {%- call statement() -%}
        {{ sql }}
    {%- endcall -%}
{%- endmacro %}
