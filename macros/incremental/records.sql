{#- When a run ends that published nothing: its record is added to run_history, if it built that table and no model or
    test of this project failed or was skipped. results: those of dbt. -#}
{% macro record_run(results) -%}
    {%- if not is_building() -%}{{ return('') }}{%- endif -%}
    {%- set ours = results | selectattr('node.package_name', 'equalto', 'product_engagement') | list -%}
    {%- set succeeded = ours | selectattr('status', 'in', ['success', 'pass', 'warn']) | list -%}
    {%- if 'run_history' not in succeeded | map(attribute='node.name') or succeeded | length < ours | length -%}
        {{ return('') }}
    {%- endif -%}
    {%- if run_query(
        'select 1 from ' ~ project_relation('run_history') ~ " where run_id = '" ~ invocation_id ~ "'"
    ).rows -%}
        {{ return('') }}
    {%- endif -%}
    {%- do refuse_changed_files() -%}
    {{ add_record(is_published=false) }}
{%- endmacro %}


{#- The statement that adds the record of this run to run_history. -#}
{% macro add_record(is_published) -%}
    insert into {{ project_relation('run_history') }} ({{ record_columns() }}, is_complete, is_published)
    {{ record_of_run(is_published) }}
{%- endmacro %}


{#- A select of the record of this run. is_complete says whether it ran every model. -#}
{% macro record_of_run(is_published) -%}
    select
        {{ record_columns() }},
        {{ 'true' if runs_every_model() else 'false' }} as is_complete,
        {{ 'true' if is_published else 'false' }} as is_published
    from {{ project_relation('int_run_record') }}
{%- endmacro %}

{% macro record_columns() -%}
    {{ return(run_query('select * from ' ~ project_relation('int_run_record') ~ ' where 1 = 0').column_names | join(', ')) }}
{%- endmacro %}
