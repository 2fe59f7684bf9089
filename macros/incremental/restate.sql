{#- The condition for the rows that a run restates: those of a day on or after the day from which it restates. That is
    all that a model knows of incremental builds (docs/incremental.md). scope says what else restates a row:
    'events'      nothing (the default);
    'attributes'  also a changed attribute that applies to an active entity on that day or before;
    'scores'      the same, if a version normalizes by an attribute;
    'entities'    also a changed attribute of the row's own entity, on any day.
    Unit tests look at all rows. -#}
{% macro restated(day, scope='events') -%}
    {%- if execute and model.resource_type == 'unit_test' -%}{{ return('1 = 1') }}{%- endif -%}
    {{ return(restated_since(day, scope, ref('int_restatement'), ref('int_restated_entities') if scope != 'events')) }}
{%- endmacro %}


{#- The same, given the relations of int_restatement and int_restated_entities. -#}
{% macro restated_since(day, scope, restatement, restated_entities) -%}
    {%- set by_events = day ~ ' >= (select restated_from from ' ~ restatement ~ ')' -%}
    {%- if scope == 'events' or (scope == 'scores' and not normalizes_by_attribute()) -%}
        {{ return(by_events) }}
    {%- elif scope == 'entities' -%}
        {{ return('(' ~ by_events ~ ' or ' ~ in_rows_of(restated_entities, ['entity_type', 'entity_id']) ~ ')') }}
    {%- endif -%}
    {{ return(
        '(' ~ by_events ~ ' or ' ~ day ~ ' >= (select min(restated_from) from ' ~ restated_entities ~ '))'
    ) }}
{%- endmacro %}


{#- The condition for the rows whose key a model in models/incremental lists; every row, if the run starts over. -#}
{% macro restated_in(name, columns) -%}
    {%- set relation, restatement = ref(name), ref('int_restatement') -%}
    {{ return('1 = 1' if starts_over() else in_rows_of(relation, columns)) }}
{%- endmacro %}


{#- Whether a scoring version calibrates within groups that an attribute of accounts forms. -#}
{% macro normalizes_by_attribute() -%}
    {%- if not is_building() -%}{{ return(true) }}{%- endif -%}
    {{ return(run_query(
        'select count(normalize_by) from ' ~ project_relation('scoring_versions', 'seed')
    ).columns[0].values()[0] > 0) }}
{%- endmacro %}


{#- The rows of a stored table that this run replaces, as a condition. config: that of its model. unique_key begins with
    the day by which the table is restated; meta.scope is the scope of `restated`, or 'as_of' of a record to which a run
    adds rows of its own day alone; meta.restated_in names a model that lists the keys instead (int_touched_days: see touched_partitions). A table of score dates also loses the dates that are no longer built (with a version in
    the key: no longer needed). -#}
{% macro replaced_rows(config) -%}
    {%- set meta = config.get('meta') or {} -%}
    {%- set key = [config.get('unique_key')] if config.get('unique_key') is string else config.get('unique_key') -%}
    {%- if meta.scope == 'as_of' -%}
        {{ return(key[0] ~ ' = (select as_of from ' ~ project_relation('int_calendar_bounds') ~ ')') }}
    {%- elif meta.restated_in == 'int_touched_days' -%}
        {{ return(touched_partitions()) }}
    {%- elif meta.restated_in -%}
        {{ return(in_rows_of(project_relation(meta.restated_in), key)) }}
    {%- endif -%}
    {%- set conditions = [restated_since(
        key[0], meta.scope or 'events', project_relation('int_restatement'), project_relation('int_restated_entities')
    )] -%}
    {%- if key[0] == 'score_date' -%}
        {%- set dates = project_relation('int_score_dates') -%}
        {%- do conditions.append(
            'not ' ~ in_rows_of(dates, ['score_date', 'version']) if 'version' in key
            else 'score_date not in (select score_date from ' ~ dates ~ ' where is_built)'
        ) -%}
    {%- endif -%}
    {{ return(conditions | join(' or ')) }}
{%- endmacro %}


{#- The incremental strategy "restate": the rows that this run restates go, the new ones come. A day whose rows have
    all vanished is emptied, too. -#}
{% macro get_incremental_restate_sql(arguments) -%}
    {{ return(adapter.dispatch('get_incremental_restate_sql', 'product_engagement')(arguments)) }}
{%- endmacro %}

{% macro default__get_incremental_restate_sql(arguments) -%}
    {%- set target = arguments['target_relation'] -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}

    delete from {{ target }}
    where {{ replaced_rows(config) }};

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }};
{%- endmacro %}
