{#- What "the future" is measured from, as a UTC timestamp: the var now, else the latest loaded_at in scope,
    else the start of the run. -#}
{% macro now_literal(events) -%}
    {%- set latest = none -%}
    {%- if execute and not var('now') -%}
        {%- set loaded_at = input_column(events, 'loaded_at') -%}
        {%- set scope = ' where ' ~ loaded_at ~ ' < ' ~ time_literal(var('loaded_before')) -%}
        {%- set latest = run_query(
            'select max(' ~ loaded_at ~ ') from ' ~ events['from'] ~ (scope if var('loaded_before') else '')
        ).columns[0].values()[0] -%}
    {%- endif -%}
    {{ time_literal(var('now') or latest or run_started_at.strftime('%Y-%m-%d %H:%M:%S')) }}
{%- endmacro %}
