{#- What "the future" is measured from, as a UTC timestamp: the var reference_time, else the latest loaded_at in scope,
    but never later than the start of the run. -#}
{% macro reference_time() -%}
    {%- set events = input('events') -%}
    {%- set latest = none -%}
    {%- if execute and not var('reference_time') -%}
        {%- set watermark = last_run().next_watermark -%}
        {%- if watermark -%}
            {%- set latest = latest_load(
                events, source_time(events, 'loaded_at') ~ ' >= ' ~ source_bound(events.columns, input_column_name(events, 'loaded_at'), watermark)
            ) -%}
        {%- endif -%}
        {%- set latest = latest or latest_load(events, '1 = 1') -%}
    {%- endif -%}
    {%- set given = var('reference_time') or latest -%}
    {{ 'least(' ~ time_literal(given) ~ ', ' ~ run_started() ~ ')' if given else run_started() }}
{%- endmacro %}


{#- The latest loaded_at in scope among the rows for which a condition on the source holds; none without any. -#}
{% macro latest_load(events, condition) -%}
    {%- set loaded_at = input_column(events, 'loaded_at') -%}
    {%- set scope = ' and ' ~ loaded_at ~ ' < ' ~ time_literal(var('loaded_before')) if var('loaded_before') else '' -%}
    {{ return(run_query(
        'select max(' ~ loaded_at ~ ') from ' ~ events['from'] ~ ' where ' ~ condition ~ scope
        ~ ' and ' ~ had_come(loaded_at)
    ).columns[0].values()[0]) }}
{%- endmacro %}


{#- Stops a run whose as_of is not over: it lies on the day of the reference time or after it. -#}
{% macro refuse_unfinished_as_of(reference) -%}
    {%- set wanted = env_var('ENGAGEMENT_AS_OF', '') or var('as_of') -%}
    {%- if wanted and is_building() -%}
        {%- set day = run_query('select ' ~ local_date(reference)).columns[0].values()[0] -%}
        {%- if wanted | string >= day | string -%}
            {{ exceptions.raise_compiler_error(
                'as_of ' ~ wanted ~ ' is not over by ' ~ day ~ ', the day of the reference time (the latest loaded_at,'
                ~ ' or the start of the run): name an earlier day.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Whether a row of events had come when the run began. A table may grow while a run goes on: rows loaded since then wait
    for the next run, so that all models see the same. A loaded_at more than a day later is a wrong clock's, and the row
    is read. Files that change are noticed by their reader. -#}
{% macro had_come(loaded_at) -%}
    {{ return('1 = 1' if env_var('ENGAGEMENT_DATA', '') else
        '(' ~ loaded_at ~ ' is null or ' ~ loaded_at ~ ' <= ' ~ run_started()
        ~ ' or ' ~ loaded_at ~ ' > ' ~ add_minutes(run_started(), 1440) ~ ')'
    ) }}
{%- endmacro %}
