{#- When a run ends: its record is added to run_history, if it built that table and no model or test of this project
    failed or was skipped. is_complete says whether it ran every model. results: those of dbt. -#}
{% macro record_run(results) -%}
    {%- if not is_building() -%}{{ return('') }}{%- endif -%}
    {%- set ours = results | selectattr('node.package_name', 'equalto', 'product_engagement') | list -%}
    {%- set succeeded = ours | selectattr('status', 'in', ['success', 'pass', 'warn']) | list -%}
    {%- if 'run_history' not in succeeded | map(attribute='node.name') or succeeded | length < ours | length -%}
        {{ return('') }}
    {%- endif -%}
    {%- set columns = run_query(
        'select * from ' ~ project_relation('int_run_record') ~ ' where 1 = 0'
    ).column_names | join(', ') -%}
    insert into {{ project_relation('run_history') }} ({{ columns }}, is_complete)
    select {{ columns }}, {{ 'true' if runs_every_model() else 'false' }}
    from {{ project_relation('int_run_record') }}
{%- endmacro %}
