{#- The last day that counts, as a date literal: ENGAGEMENT_AS_OF, else the var as_of, else null. -#}
{% macro as_of_setting() -%}
    {%- set day = env_var('ENGAGEMENT_AS_OF', '') or var('as_of') -%}
    {%- if day -%}cast('{{ day }}' as date){%- else -%}cast(null as date){%- endif -%}
{%- endmacro %}


{#- The last day that counts, of a history from a first to a last day: as_of_setting, else the day before the last, or
    before that of the reference time if that is earlier: it may be incomplete. The only day, if there is only one. -#}
{% macro last_counted_day(first_day, last_day, reference_day) -%}
    coalesce(
        {{ as_of_setting() }},
        case
            when {{ first_day }} = {{ last_day }} then {{ last_day }}
            when {{ last_day }} is not null then {{ add_days('least(' ~ last_day ~ ', ' ~ reference_day ~ ')', -1) }}
        end
    )
{%- endmacro %}


{#- A UTC time, null on or before the day of the var earliest_event_date: a clock was not set. -#}
{% macro credible_time(utc_time) -%}
    {{ return('case when ' ~ local_date(utc_time) ~ ' > ' ~ var_date('earliest_event_date') ~ ' then ' ~ utc_time ~ ' end') }}
{%- endmacro %}


{#- A var that holds a date, as a literal; null where it is not set. -#}
{% macro var_date(name) -%}
    {%- if var(name) -%}cast('{{ var(name) }}' as date){%- else -%}cast(null as date){%- endif -%}
{%- endmacro %}


{#- A time in text, such as a var's, as a UTC timestamp: with a zone it is converted, without one it is UTC. -#}
{% macro time_literal(text) -%}
    {{ utc_timestamp("'" ~ text ~ "'", 'varchar') }}
{%- endmacro %}


{#- Stops where the name of a schema or reader has a sign with a meaning to an engine. dbt makes schemas before
    anything of a project runs; so a model asks this when it is read. -#}
{% macro refuse_unusual_names() -%}
    {%- for name in [target.schema] + readers_named() if modules.re.search('[^\\w$ -]', name) -%}
        {{ exceptions.raise_compiler_error(
            'A schema or reader is named ' ~ tojson(name) ~ ': only letters, digits, spaces, $, _ and - are taken.'
        ) }}
    {%- endfor -%}
{%- endmacro %}


{#- A value as a SQL text literal; null where there is none. -#}
{% macro quoted(value) -%}
    {{ return("'" ~ value | string | replace("'", "''") ~ "'" if value else 'null') }}
{%- endmacro %}


{#- The days of the var outcome_horizons. Stops with one sentence where one of them would compare a month with itself. -#}
{% macro outcome_horizons() -%}
    {%- set horizons = var('outcome_horizons') -%}
    {%- set is_list = horizons is sequence and horizons is not string and horizons is not mapping -%}
    {%- if
        not is_list
        or not horizons
        or horizons | reject('integer') | list
        or horizons | select('lt', 30) | list
        or horizons | unique | list | length < horizons | length
    -%}
        {{ exceptions.raise_compiler_error(
            'The var outcome_horizons is ' ~ horizons ~ ': write a list of days, each 30 or more and once, as in [30, 90].'
        ) }}
    {%- endif -%}
    {{ return(horizons) }}
{%- endmacro %}


{#- Whether a day is none of the var quiet_days. -#}
{% macro is_no_quiet_day(day) -%}
    {%- for quiet_day in var('quiet_days') %}
    {{ day }} <> cast('{{ quiet_day }}' as date) and
    {%- endfor %}
    {{ day }} is not null
{%- endmacro %}


{#- When the run started, as a UTC timestamp literal. -#}
{% macro run_started() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as {{ type_timestamp() }})
{%- endmacro %}


{#- Whether tables are being built: compiling or documenting the project needs neither inputs nor seeds. -#}
{% macro is_building() -%}
    {{ return(execute and flags.WHICH in ('build', 'run') and selects_ours()) }}
{%- endmacro %}

{#- Whether a command of dbt selects a model or seed of this project; else its hooks have nothing to say to a project
    that installs it. (A test of this project may be selected with an input that it looks at.) -#}
{% macro selects_ours() -%}
    {%- for id in selected_resources
        if id.startswith('model.product_engagement.') or id.startswith('seed.product_engagement.') -%}
        {{ return(true) }}
    {%- endfor -%}
    {{ return(project_name == 'product_engagement') }}
{%- endmacro %}


{#- Stops the run with the rows of a query of one text column: a sentence each, or several, each followed by the
    separator. -#}
{% macro stop_on_problems(query, separator=none) -%}
    {%- if is_building() and not flags.EMPTY -%}
        {%- set problems = [] -%}
        {%- for row in run_query(query).columns[0].values() -%}
            {%- do problems.extend(row.split(separator) | select | list if separator else [row]) -%}
        {%- endfor -%}
        {%- if problems -%}
            {%- set more = problems | length - 100 -%}
            {{ exceptions.raise_compiler_error(
                (problems | sort)[:100] | join('\n') ~ ('\n... and ' ~ more ~ ' more' if more > 0 else '')
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Before anything runs: refuses a source with the schema and name of one of the project's relations, which the
    build would replace. -#}
{% macro refuse_overwritten_sources() -%}
    {%- if execute and selects_ours() and not env_var('ENGAGEMENT_DATA', '') -%}
        {%- for source in graph.sources.values() if source.package_name == 'product_engagement' -%}
            {%- for node in graph.nodes.values()
                if node.resource_type in ('model', 'seed')
                and (node.database or '') | lower == (source.database or '') | lower
                and node.schema | lower == source.schema | lower
                and (node.alias or node.name) | lower == source.identifier | lower -%}
                {{ exceptions.raise_compiler_error(
                    'The source ' ~ source.name ~ ' is ' ~ source.schema ~ '.' ~ source.identifier ~ ', which the '
                    ~ node.resource_type ~ ' ' ~ node.name ~ ' would replace: build into another schema, or move the source.'
                ) }}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
