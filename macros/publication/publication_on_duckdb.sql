{#- Publishes a file beside the working file: whoever reads never opens what a build writes, nor the reverse. A profile
    that names one file for both publishes as other engines do. The new file is complete before the working file says
    that it is published, and takes its name after that; a run that dies in between is completed by the next. -#}
{% macro duckdb__publish(nodes) -%}
    {%- set file = publication_file() -%}
    {%- if not file -%}
        {{ return(default__publish(nodes)) }}
    {%- endif -%}
    {%- set schema = 'publication.' ~ adapter.quote(this.schema) -%}
    {%- do run_query('attach ' ~ quoted(new_publication(file, invocation_id)) ~ " as publication (storage_version 'v1.0.0')") -%}
    {%- do run_query('begin') -%}
    {%- do run_query('create schema if not exists ' ~ schema) -%}
    {%- for node in nodes -%}
        {%- set rows = 'select * from ' ~ place_of(node) -%}
        {%- set rows = rows ~ ' union all by name ' ~ record_of_run('published') if node.name == 'run_history' else rows -%}
        {%- do run_query('create table ' ~ schema ~ '.' ~ adapter.quote(node.alias) ~ ' as ' ~ rows) -%}
    {%- endfor -%}
    {%- do run_query('create table ' ~ schema ~ '.' ~ adapter.quote(this.identifier) ~ ' as ' ~ sql) -%}
    {%- do run_query('commit') -%}
    {%- do run_query('detach publication') -%}
    {%- set shape = 'create table if not exists ' ~ this ~ ' as select * from (' ~ sql ~ ') as published where 1 = 0' -%}
    {%- do run_in_one_transaction([add_record('published')] + publication_row(), [shape]) -%}
    {%- do run_query('select engagement_publish(' ~ quoted(new_publication(file, invocation_id)) ~ ', ' ~ quoted(file) ~ ')') -%}
{%- endmacro %}


{#- The file that readers open, if the working file of the run is the one beside it (profiles.yml); else none. DuckDB
    knows the whole path of a file that was named by a relative one. -#}
{% macro publication_file() -%}
    {%- set name = env_var('ENGAGEMENT_DATABASE', 'scores.duckdb').split('/') | last -%}
    {%- set working_name = name.removesuffix('.duckdb') ~ '.build.duckdb' -%}
    {%- set opened = first_row(
        'select path from duckdb_databases() where database_name = ' ~ quoted(this.database or target.database)
    ).path or '' -%}
    {{ return(opened.removesuffix(working_name) ~ name if opened.split('/') | last == working_name else none) }}
{%- endmacro %}


{#- The file in which a run makes a publication. -#}
{% macro new_publication(file, run_id) -%}
    {{ return(file ~ '.' ~ run_id ~ '.new') }}
{%- endmacro %}


{#- A file that is no publication is left alone: nothing replaces tables that are somebody's own. Where only the
    working file is gone, its records come back from the publication. -#}
{% macro duckdb__finish_publication() -%}
    {%- set file = publication_file() -%}
    {%- set last = built_relation('publication') -%}
    {%- if file and last -%}
        {%- set run_id = first_row('select run_id from ' ~ last).run_id -%}
        {%- do run_query('select engagement_finish_publication(' ~ quoted(file) ~ ', ' ~ quoted(run_id) ~ ')') -%}
    {%- elif file -%}
        {%- set found = first_row(
            'select engagement_file_content(' ~ quoted(file) ~ ', ' ~ quoted(public_schema()) ~ ') as content'
        ).content -%}
        {%- if found == 'other' -%}
            {{ exceptions.raise_compiler_error(
                'The file ' ~ file ~ ' holds tables of its own, which a publication would replace: name another file with'
                ~ ' --database. Inputs that are tables of a DuckDB file are named by ENGAGEMENT_INPUT_DATABASE.'
            ) }}
        {%- elif found == 'publication' -%}
            {%- do restore_records(file) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Copies the tables of records of a publication, and its row, into an empty working file; a record that is younger
    than the publication begins empty. -#}
{% macro restore_records(file) -%}
    {%- do run_query('attach ' ~ quoted(file) ~ ' as publication (read_only)') -%}
    {%- set kept = run_query(
        "select table_name from duckdb_tables() where database_name = 'publication'"
    ).columns[0].values() -%}
    {%- for name in [
        'published_scores', 'published_risk', 'published_signals', 'signal_history', 'run_history', 'score_validation',
        'erased_users', 'publication',
    ] if name not in var('disabled_tables') and project_relation(name).identifier in kept -%}
        {%- set record = project_relation(name) -%}
        {%- do adapter.create_schema(record.without_identifier()) -%}
        {%- do run_query(
            'create table ' ~ record ~ ' as from publication.' ~ adapter.quote(public_schema()) ~ '.'
            ~ adapter.quote(record.identifier)
        ) -%}
        {%- do adapter.cache_added(record.incorporate(type='table')) -%}
    {%- endfor -%}
    {%- do run_query('detach publication') -%}
{%- endmacro %}
