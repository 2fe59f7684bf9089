{#- What "the future" is measured from, as a UTC timestamp: the var reference_time, else the latest loaded_at in scope,
    else the start of the run. -#}
{% macro reference_time(events) -%}
    {%- set latest = none -%}
    {%- if execute and not var('reference_time') -%}
        {%- set watermark = last_run().next_watermark -%}
        {%- if watermark -%}
            {%- set latest = latest_load(
                events, source_time(events, 'loaded_at') ~ ' >= ' ~ source_bound(events, 'loaded_at', watermark)
            ) -%}
        {%- endif -%}
        {%- set latest = latest or latest_load(events, '1 = 1') -%}
    {%- endif -%}
    {{ time_literal(var('reference_time') or latest or run_started_at.strftime('%Y-%m-%d %H:%M:%S')) }}
{%- endmacro %}


{#- The latest loaded_at in scope among the rows for which a condition on the source holds; none without any. -#}
{% macro latest_load(events, condition) -%}
    {%- set loaded_at = input_column(events, 'loaded_at') -%}
    {%- set scope = ' and ' ~ loaded_at ~ ' < ' ~ time_literal(var('loaded_before')) if var('loaded_before') else '' -%}
    {{ return(run_query(
        'select max(' ~ loaded_at ~ ') from ' ~ events['from'] ~ ' where ' ~ condition ~ scope
    ).columns[0].values()[0]) }}
{%- endmacro %}
