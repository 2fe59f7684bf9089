{#- A seed: that of this project, or of the project that installs it where the var own_seeds names it. -#}
{% macro seed(name) -%}
    {{ return(ref(seed_package(name), name)) }}
{%- endmacro %}

{% macro seed_package(name) -%}
    {{ return(project_name if name in var('own_seeds') else 'product_engagement') }}
{%- endmacro %}


{#- dbt's own macro of this name, for this project: its models are meant, also where the project that installs it has
    models of the same names. -#}
{% macro ref(name, second=none) -%}
    {{ return(builtins.ref(name, second) if second else builtins.ref('product_engagement', name)) }}
{%- endmacro %}

{#- Nothing. Where dbt reads a generic test, it knows only the macros that the test calls, by their whole names: each calls
    this, so that it knows the ref above. -#}
{% macro know_ref() -%}
    {%- if false -%}{{ product_engagement.ref('nothing') }}{%- endif -%}
{%- endmacro %}


{#- Before anything runs: refuses seeds of the project that installs this one which would not be read, or not as meant:
    their columns need types, or 01 would be read as 1. -#}
{% macro refuse_misread_seeds() -%}
    {%- set unnamed, settings, nodes = [], [], graph.nodes.values() if execute and selects_ours() else [] -%}
    {%- for node in nodes if node.resource_type == 'seed' and node.package_name == project_name != 'product_engagement' -%}
        {%- set ours = graph.nodes['seed.product_engagement.' ~ node.name] -%}
        {%- set untyped = ours.config.column_types | reject('in', node.config.column_types) | list if ours else [] -%}
        {%- if ours and node.name not in var('own_seeds') -%}
            {%- do unnamed.append(node.name) -%}
        {%- endif -%}
        {%- if untyped
            or ours and 'fit_seed_table' not in node.config['pre-hook'] | string
            or ours and 'add_optional_columns' not in node.config['post-hook'] | string -%}
            {%- do settings.append(
                '    ' ~ node.name ~ ':\n'
                ~ '      +pre-hook: "{{ product_engagement.fit_seed_table(this) }}"\n'
                ~ '      +post-hook: "{{ product_engagement.add_optional_columns(this) }}"\n'
                ~ '      +column_types: ' ~ tojson(ours.config.column_types) ~ '\n'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set own = nodes | selectattr('resource_type', 'equalto', 'seed')
        | selectattr('package_name', 'equalto', project_name) | map(attribute='name') | list -%}
    {%- for name in var('own_seeds') if nodes and name not in own -%}
        {{ exceptions.raise_compiler_error(
            'The var own_seeds names ' ~ name ~ ', and ' ~ project_name ~ ' has no such seed: it has ' ~ own | join(', ') ~ '.'
        ) }}
    {%- endfor -%}
    {%- if unnamed -%}
        {{ exceptions.raise_compiler_error(
            'Seeds of ' ~ project_name ~ ' have names of those of product_engagement, and would not be read: '
            ~ unnamed | sort | join(', ') ~ '. Rename them, or add to dbt_project.yml\n\nvars:\n  product_engagement:\n'
            ~ '    own_seeds: ' ~ tojson(var('own_seeds') + unnamed | sort) ~ '\n'
        ) }}
    {%- endif -%}
    {%- if settings -%}
        {{ exceptions.raise_compiler_error(
            'Seeds of ' ~ project_name ~ ' would not be read as product_engagement reads seeds. Add to dbt_project.yml'
            ~ '\n\nseeds:\n  ' ~ project_name ~ ':\n' ~ settings | join
        ) }}
    {%- endif -%}
    {%- if nodes and project_name != 'product_engagement' and 'event_weights' not in var('own_seeds') -%}
        {%- do exceptions.warn(
            "The weights of events are those of product_engagement's example: copy its seed event_weights, write what your"
            ~ ' events are worth, and name it in the var own_seeds (docs/package.md).'
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- Before anything runs: refuses a seeds folder outside the project. dbt writes what it ran to the target
    folder joined with the seed's path, and so over the seeds themselves if that path is absolute. -#}
{% macro refuse_outside_seeds() -%}
    {%- set folder = env_var('ENGAGEMENT_SEEDS', 'seeds') -%}
    {%- if execute and selects_ours() and (folder.startswith('/') or '..' in folder.split('/')) -%}
        {{ exceptions.raise_compiler_error(
            'ENGAGEMENT_SEEDS is ' ~ folder ~ ', which lies outside the project: copy the folder into the project'
            ~ ' and name it by its path from there.'
        ) }}
    {%- endif -%}
{%- endmacro %}


{#- Before a seed is loaded: refuses values that are not of the type of their column, which engines would read each in their
    own way, 06/07/2026 as a day of June or of July; and makes a table that an earlier run made take the columns that the
    file has now. seed: its relation. A project that installs this one calls it for its own seeds, where only names with
    a prefix are found. -#}
{% macro fit_seed_table(seed) -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set rows, relation = load_agate_table(), load_relation(seed) -%}
    {%- do product_engagement.refuse_wrong_values(rows) -%}
    {%- if relation -%}
        {{ return(adapter.dispatch('fit_seed_table', 'product_engagement')(relation, rows)) }}
    {%- endif -%}
{%- endmacro %}

{#- Refuses a seed that lacks a column, or has values that are not of the type of theirs. rows: the seed as dbt reads it, all
    text. -#}
{% macro refuse_wrong_values(rows) -%}
    {%- set ours = graph.nodes['seed.product_engagement.' ~ model.name] -%}
    {%- set number = ['[+-]?(\\d+[.]?\\d*|[.]\\d+)(e[+-]?\\d+)?', 'a number such as 0.5'] -%}
    {%- set types = {
        'date': ['\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])', 'a date such as 2026-05-31'],
        'integer': ['[+-]?\\d+', 'a whole number'],
        'decimal': number,
        'bignumeric': number,
        'boolean': ['true|false|t|f|yes|no|y|n|1|0', 'true or false'],
    } -%}
    {%- set wrong = [] -%}
    {%- for column in ours.config.column_types if ours
        and column not in rows.column_names and column not in (ours.config.meta.optional or []) -%}
        {%- do wrong.append('the column ' ~ column ~ ' is missing: add it to the header, and a value to each row') -%}
    {%- endfor -%}
    {%- for column, type in (ours.config.column_types if ours else {}).items()
        if column in rows.column_names and type.split('(')[0] in types -%}
        {%- set pattern, meant = types[type.split('(')[0]] -%}
        {%- for value in rows.columns[column] -%}
            {%- if value and not modules.re.fullmatch(pattern, value | string | trim, modules.re.IGNORECASE) -%}
                {%- do wrong.append('line ' ~ (loop.index + 1) ~ ': ' ~ column ~ ' is ' ~ value ~ ', not ' ~ meant) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if wrong -%}
        {{ exceptions.raise_compiler_error(wrong[:5] | join('; ')) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__fit_seed_table(relation, rows) -%}
    {{ product_engagement.add_optional_columns(relation) }}
{%- endmacro %}

{#- dbt-duckdb copies a file by the places of its columns, not by their names. -#}
{% macro duckdb__fit_seed_table(relation, rows) -%}
    {%- if adapter.get_columns_in_relation(relation) | map(attribute='name') | list != rows.column_names | list -%}
        {%- do adapter.drop_relation(relation) -%}
        {%- do create_csv_table(model, rows) -%}
    {%- endif -%}
{%- endmacro %}


{#- After a seed is loaded: adds the columns that it may lack, all null, so that models can name them.
    seed: its relation. -#}
{% macro add_optional_columns(seed) -%}
    {%- set relation = seed.incorporate(type='table') -%}
    {%- set ours = graph.nodes['seed.product_engagement.' ~ model.name] if execute else none -%}
    {%- set optional = ours.config.meta.optional if ours else [] -%}
    {%- if optional -%}
        {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list -%}
        {%- set missing = [] -%}
        {%- for column in optional if column not in present -%}
            {%- do missing.append(api.Column(column, ours.config.column_types[column])) -%}
        {%- endfor -%}
        {%- if missing -%}
            {%- do alter_relation_add_remove_columns(relation, missing, none) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
