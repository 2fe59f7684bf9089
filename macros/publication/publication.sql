{#- The materialization of the model publication: what readers see changes here, at once, and nowhere else. A run
    that leaves out a model or test publishes nothing; after one that failed, dbt skips the model. -#}
{% materialization publication, default -%}
    {%- set reason = why_unpublished() -%}
    {%- if reason -%}
        {%- do log('Nothing is published: ' ~ reason ~ '.', info=True) -%}
        {%- do store_raw_result('main', message=reason, code='UNPUBLISHED', rows_affected='0') -%}
        {{ return({'relations': []}) }}
    {%- endif -%}
    {%- do refuse_changed_files() -%}
    {%- do adapter.dispatch('publish', 'product_engagement')(published_nodes()) -%}
    {%- do store_raw_result('main', message='published', code='PUBLISHED', rows_affected='1') -%}
    {{ return({'relations': [this]}) }}
{%- endmaterialization %}


{#- Why this run may not publish; none if it may. -#}
{% macro why_unpublished() -%}
    {%- if flags.WHICH != 'build' -%}
        {{ return('the run was not dbt build, which has the tests') }}
    {%- endif -%}
    {%- if flags.EMPTY -%}
        {{ return('the run was made without rows (--empty)') }}
    {%- endif -%}
    {%- if env_var('ENGAGEMENT_READ_UNTIL', '') -%}
        {{ return('the run was not the last step of the history') }}
    {%- endif -%}
    {%- set published = graph.nodes['model.product_engagement.publication'].depends_on.nodes -%}
    {%- for id, node in graph.nodes.items()
        if id not in selected_resources and node.config.enabled and (
            node.package_name == 'product_engagement' and node.resource_type in ('model', 'test')
            or node.resource_type == 'test' and node.depends_on.nodes | select('in', published) | list
        ) -%}
        {{ return('the run leaves out the ' ~ node.resource_type ~ ' ' ~ node.name) }}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}


{#- Before anything runs: stops where the var disabled_tables names a table that dbt still builds: readers would keep the
    rows of an old run. -#}
{% macro refuse_still_built() -%}
    {%- for name in var('disabled_tables') if is_building() and 'model.product_engagement.' ~ name in graph.nodes -%}
        {{ exceptions.raise_compiler_error(
            'The var disabled_tables names ' ~ name ~ ', which dbt still builds: say +enabled: false to its model, too, or'
            ~ ' leave it out of the var.'
        ) }}
    {%- endfor -%}
{%- endmacro %}


{#- The models to publish, which the model publication depends on: the public ones, and those in published_models. -#}
{% macro published_nodes() -%}
    {%- set nodes = [] -%}
    {%- for id in graph.nodes['model.product_engagement.publication'].depends_on.nodes
        if graph.nodes[id].access == 'public' or graph.nodes[id].package_name != 'product_engagement' -%}
        {%- do nodes.append(graph.nodes[id]) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{%- endmacro %}


{#- Where the table of a node is built, and where it is published. -#}
{% macro place_of(node) -%}
    {{ return(api.Relation.create(node.database, node.schema, node.alias)) }}
{%- endmacro %}

{% macro published_place_of(node) -%}
    {%- set publication = graph.nodes['model.product_engagement.publication'] -%}
    {{ return(api.Relation.create(publication.database, publication.schema, node.alias)) }}
{%- endmacro %}


{#- Before anything runs: refuses a publication that would write over something else: a table of the project that installs
    this one, or what it publishes itself, where all schemas are one. A publication in a file of its own cannot. -#}
{% macro refuse_published_over() -%}
    {%- set publishes_here = is_building() and not (target.type == 'duckdb' and publication_file()) -%}
    {%- set places, published = {}, published_nodes() if publishes_here else [] -%}
    {%- for node in published -%}
        {%- do places.update({published_place_of(node) | string | lower: node.name}) -%}
    {%- endfor -%}
    {%- set others = (graph.nodes.values() | list) + (graph.sources.values() | list) if published else [] -%}
    {%- for node in others if node.resource_type in ('model', 'seed', 'snapshot', 'source') -%}
        {%- set place = api.Relation.create(node.database, node.schema, node.alias or node.identifier) | string | lower -%}
        {%- if place in places and node.unique_id != 'model.product_engagement.publication' -%}
            {{ exceptions.raise_compiler_error(
                'The ' ~ node.resource_type ~ ' ' ~ node.name ~ ' is at ' ~ place ~ ', where the table ' ~ places[place]
                ~ ' is published: give it another schema or name, or give the model publication a +schema of its own.'
            ) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- Where readers find a public table: in the publication. Other tables are where they are built. -#}
{% macro published(name) -%}
    {%- if not execute -%}{{ return(this) }}{%- endif -%}
    {%- set node = graph.nodes['model.product_engagement.' ~ name] -%}
    {{ return(published_place_of(node) if node.access == 'public' and name != 'publication' else place_of(node)) }}
{%- endmacro %}


{#- Publishes in the database of the build, in one transaction: rows are deleted and inserted, and no table is ever
    missing, or replaced. A day that the run has not restated stays as it is, if the run before was published. -#}
{% macro default__publish(nodes) -%}
    {%- set shapes, statements = [], [] -%}
    {%- set is_whole = starts_over() or not this_run().follows_publication -%}
    {%- do statements.append(add_record('published')) -%}
    {%- for node in nodes -%}
        {%- set built, table = place_of(node), published_place_of(node) -%}
        {%- do shapes.extend(fit_published(built, table, node.config.get('indexes') or [])) -%}
        {%- set columns = adapter.get_columns_in_relation(built) | map(attribute='quoted') | join(', ') -%}
        {%- set stays = node.config.unique_key and not is_whole and not (node.config.meta or {}).published_whole -%}
        {%- set changed = replaced_rows(node.config) if stays else '1 = 1' -%}
        {%- do statements.append('delete from ' ~ table ~ ' where ' ~ changed) -%}
        {%- do statements.append(
            'insert into ' ~ table ~ ' (' ~ columns ~ ') select ' ~ columns ~ ' from ' ~ built ~ ' where ' ~ changed
        ) -%}
    {%- endfor -%}
    {%- if not adapter.get_relation(this.database, this.schema, this.identifier) -%}
        {%- do shapes.append('create table ' ~ this ~ ' as select * from (' ~ sql ~ ') as published where 1 = 0') -%}
    {%- endif -%}
    {%- do run_in_one_transaction(statements + publication_row(), shapes) -%}
{%- endmacro %}

{#- Tables of Delta know deletes, unlike those of Spark. -#}
{% macro databricks__publish(nodes) -%}
    {%- do default__publish(nodes) -%}
{%- endmacro %}


{#- Statements that give a published table the columns of the built one; those that make it, with indexes as in a
    model's config, if it is not there. -#}
{% macro fit_published(built, published, indexes) -%}
    {%- set existing = adapter.get_relation(published.database, published.schema, published.identifier) -%}
    {%- if not existing -%}
        {%- set statements = ['create table ' ~ published ~ ' as select * from ' ~ built ~ ' where 1 = 0'] -%}
        {%- for index in indexes -%}
            {%- do statements.append(get_create_index_sql(published, index)) -%}
        {%- endfor -%}
        {{ return(statements) }}
    {%- endif -%}
    {%- set wanted, found, statements = columns_of(built), columns_of(existing), [] -%}
    {%- for name, column in found.items() if wanted.get(name, {}).data_type != column.data_type -%}
        {%- do statements.append('alter table ' ~ published ~ ' drop column ' ~ adapter.quote(column.name)) -%}
    {%- endfor -%}
    {%- for name, column in wanted.items() if found.get(name, {}).data_type != column.data_type -%}
        {%- do statements.append(
            'alter table ' ~ published ~ ' add column ' ~ adapter.quote(column.name) ~ ' ' ~ column.data_type
        ) -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}


{#- Statements that make the row of the publication the only one, as a list. -#}
{% macro publication_row() -%}
    {{ return(['delete from ' ~ this ~ ' where 1 = 1', 'insert into ' ~ this ~ ' ' ~ sql]) }}
{%- endmacro %}


{#- Spark's tables of parquet files know neither a delete nor a transaction: each is written over by itself. -#}
{% macro spark__publish(nodes) -%}
    {%- do spark_execute(add_record('published')) -%}
    {%- for node in nodes -%}
        {%- do spark_write_over(published_place_of(node), 'select * from ' ~ place_of(node)) -%}
    {%- endfor -%}
    {%- do spark_write_over(this, sql) -%}
{%- endmacro %}


{#- Before anything runs: takes back what runs that were not published have added to the tables of records, which
    otherwise nothing rewrites. -#}
{% macro withdraw_unpublished() -%}
    {%- if is_building() -%}
        {%- do adapter.dispatch('finish_publication', 'product_engagement')() -%}
        {%- set publication = built_relation('publication') -%}
        {%- for name, column in {
            'published_scores': 'published_at', 'published_risk': 'published_at', 'published_signals': 'published_at',
            'signal_history': 'recorded_at',
        }.items() if built_relation(name) -%}
            {%- do delete_rows(
                built_relation(name),
                column ~ ' > (select max(started_at) from ' ~ publication ~ ')' if publication else '1 = 1'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#- Before anything runs: completes the publication of a run that died between its two last steps; nothing where
    they are one. -#}
{% macro default__finish_publication() -%}
{%- endmacro %}
