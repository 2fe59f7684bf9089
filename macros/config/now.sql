{#- What "the future" is measured from, as a timestamp literal: the var now, else the latest loaded_at in
    scope, else the start of the run. -#}
{% macro now_literal(events) -%}
    {%- set latest = none -%}
    {%- if execute and not var('now') -%}
        {%- set loaded_at = input_column(events, 'loaded_at') -%}
        {%- set latest = run_query(
            'select max(' ~ loaded_at ~ ') from ' ~ events['from']
            ~ (" where " ~ loaded_at ~ " < cast('" ~ var('loaded_before') ~ "' as timestamp)" if var('loaded_before') else '')
        ).columns[0].values()[0] -%}
    {%- endif -%}
    cast('{{ var("now") or latest or run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
{%- endmacro %}
