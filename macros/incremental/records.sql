{#- When a run ends that published nothing: it is recorded in run_history, if that table is there and the run failed or
    read the inputs. A run of this project fails if one of its models, seeds or tests failed or was skipped. results:
    those of dbt. -#}
{% macro record_run(results) -%}
    {%- set history = built_relation('run_history') -%}
    {%- if not is_building() or not history -%}{{ return('') }}{%- endif -%}
    {%- if run_query('select 1 from ' ~ history ~ " where run_id = '" ~ invocation_id ~ "'").rows -%}
        {{ return('') }}
    {%- endif -%}
    {%- set ours = results | selectattr('node.package_name', 'equalto', 'product_engagement') | list -%}
    {%- set succeeded = ours | selectattr('status', 'in', ['success', 'pass', 'warn']) | list -%}
    {%- if succeeded | length < ours | length -%}
        {%- set failed = ours | selectattr('status', 'in', ['error', 'fail', 'runtime error']) | list -%}
        {{ return(add_record('failed', 'the run failed in ' ~ named_nodes(failed or ours))) }}
    {%- endif -%}
    {%- if 'int_run' not in succeeded | map(attribute='node.name') -%}{{ return('') }}{%- endif -%}
    {%- if 'run_history' in succeeded | map(attribute='node.name') -%}
        {%- do refuse_changed_files() -%}
    {%- endif -%}
    {{ add_record('unpublished', why_unpublished() or 'nothing was to be published') }}
{%- endmacro %}


{#- The names of the first three nodes of some results, as text. -#}
{% macro named_nodes(results) -%}
    {{ return(results[:3] | map(attribute='node.name') | join(', ') ~ (' and others' if results | length > 3 else '')) }}
{%- endmacro %}


{#- Before anything runs: a run that has left a row in int_run and none in run_history died. -#}
{% macro record_died_run() -%}
    {%- set history, last = built_relation('run_history'), built_relation('int_run') -%}
    {%- if is_building() and history and last -%}
        {%- do run_query(
            'insert into ' ~ history ~ ' (run_id, started_at, is_complete, status, message)'
            ~ " select run_id, started_at, false, 'died', 'the run did not end' from " ~ last
            ~ ' where run_id not in (select run_id from ' ~ history ~ ')'
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- The statement that adds this run to run_history, with its figures if it has got so far. status: as in
    run_history. -#}
{% macro add_record(status, message=none) -%}
    {%- set columns = record_columns() -%}
    insert into {{ project_relation('run_history') }} ({{ columns | join(', ') }}, is_complete, status, message)
    {{ record_of_run(status, message, columns) }}
{%- endmacro %}


{#- A select of the row of this run. is_complete says whether it ran every model, and none failed. -#}
{% macro record_of_run(status, message=none, columns=none) -%}
    {%- set columns = columns or record_columns() -%}
    select
        {% if columns | length > 2 -%}
        {{ columns | join(', ') }},
        {%- else -%}
        '{{ invocation_id }}' as run_id,
        {{ run_started() }} as started_at,
        {%- endif %}
        {{ 'true' if runs_every_model() and status != 'failed' else 'false' }} as is_complete,
        '{{ status }}' as status,
        cast({{ quoted(message) }} as {{ type_text() }}) as message
    {%- if columns | length > 2 %}
    from {{ project_relation('int_run_record') }}
    {%- endif %}
{%- endmacro %}


{#- The columns of int_run_record, if this run has built it; else those that every run has. -#}
{% macro record_columns() -%}
    {%- set record = built_relation('int_run_record') -%}
    {%- if record and run_query('select 1 from ' ~ record ~ " where run_id = '" ~ invocation_id ~ "'").rows -%}
        {{ return(run_query('select * from ' ~ record ~ ' where 1 = 0').column_names) }}
    {%- endif -%}
    {{ return(['run_id', 'started_at']) }}
{%- endmacro %}
