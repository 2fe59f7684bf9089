{#- A timestamp in UTC, without a zone, from a column of whatever type the source has: a time with a
    zone is converted, one without is UTC, text that is no ISO 8601 time is null.
    data_type: the column's type as the engine names it. -#}
{% macro utc_timestamp(column, data_type) -%}
    {{ return(adapter.dispatch('utc_timestamp', 'product_engagement')(column, data_type)) }}
{%- endmacro %}

{% macro duckdb__utc_timestamp(column, data_type) -%}
    {%- if data_type | lower == 'timestamp_ns' -%}
        {#- a cast would round up to the next microsecond, and so perhaps to the next day -#}
        case when isfinite({{ column }}) then make_timestamp(epoch_ns({{ column }}) // 1000) end
    {%- elif is_time(data_type) -%}
        {{ finite_utc_timestamp(column, data_type) }}
    {%- else -%}
        {%- set text = 'trim(cast(' ~ column ~ ' as varchar))' -%}
        {#- A cast of text with an offset to timestamp drops the offset; one to timestamptz takes neither a
            space before it nor, everywhere, Z. -#}
        {%- set zoned = "regexp_replace(regexp_replace(" ~ text
            ~ ", '\\s?(Z|UTC)$', '+00'), '\\s([+-])', '\\1')" -%}
        case
            when regexp_full_match({{ text }}, '{{ iso_time_with_zone() }}')
                then timezone('UTC', try_cast({{ zoned }} as timestamptz))
            when regexp_full_match({{ text }}, '{{ iso_time() }}') then try_cast({{ text }} as timestamp)
        end
    {%- endif -%}
{%- endmacro %}


{#- The same where the column is a date or a timestamp of DuckDB or PostgreSQL; an infinity is null. -#}
{% macro finite_utc_timestamp(column, data_type) -%}
    case
        when isfinite({{ column }})
            then {% if is_zoned(data_type) %}timezone('UTC', {{ column }}){% else %}cast({{ column }} as timestamp){% endif %}
    end
{%- endmacro %}


{% macro postgres__utc_timestamp(column, data_type) -%}
    {%- if is_time(data_type) -%}
        {{ finite_utc_timestamp(column, data_type) }}
    {%- else -%}
        {#- A cast would round up to the next microsecond, and take 23:59:60 for the next day. -#}
        {%- set text = "regexp_replace(trim(cast(" ~ column ~ " as text)), '(\\.\\d{6})\\d+', '\\1')" -%}
        case
            when {{ text }} ~ ':\d{2}:6' then null
            when {{ text }} ~ '^({{ iso_time_with_zone() }})$'
                then timezone('UTC', {{ try_cast(text, 'timestamptz') }})
            when {{ text }} ~ '^({{ iso_time() }})$' then {{ try_cast(text, 'timestamp') }}
        end
    {%- endif -%}
{%- endmacro %}


{#- The zone of a Spark session that builds is UTC (profiles.yml), so that a timestamp is one of UTC. -#}
{% macro spark__utc_timestamp(column, data_type) -%}
    {%- if is_time(data_type) -%}
        cast({{ column }} as timestamp)
    {%- else -%}
        {%- set text = 'trim(cast(' ~ column ~ ' as string))' -%}
        {%- set zoned = "regexp_replace(regexp_replace(" ~ text ~ ", r'\\s?(Z|UTC)$', '+00:00'), "
            ~ "r'\\s?([+-]\\d{2}):?(\\d{2})?$', '$1:$2')" -%}
        case
            when {{ text }} rlike r'^({{ iso_time_with_zone() }})$'
                then try_cast(regexp_replace({{ zoned }}, ':$', ':00') as timestamp)
            when {{ text }} rlike r'^({{ iso_time() }})$' then try_cast({{ text }} as timestamp)
        end
    {%- endif -%}
{%- endmacro %}


{#- A UTC time as a literal that compares with a source's column of a type, without casting the column.
    time: a date, a time, or text of either, such as 2026-05-31 06:00:00. -#}
{% macro source_time_literal(time, data_type) -%}
    {%- set time = time ~ ('' if ':' in time | string else ' 00:00:00') -%}
    {%- if is_zoned(data_type) -%}
        cast('{{ time }}+00' as {{ data_type }})
    {%- else -%}
        cast('{{ time }}' as timestamp)
    {%- endif -%}
{%- endmacro %}


{#- Regular expressions of the times in text that count as times: an ISO 8601 date, with or without a
    time of day; and one with a time of day and a zone. -#}
{% macro iso_time() -%}
    \d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?
{%- endmacro %}

{% macro iso_time_with_zone() -%}
    \d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|UTC|[+-]\d{2}(:?\d{2})?)
{%- endmacro %}


{#- The calendar day of a UTC timestamp in the var timezone, whatever the session's zone. -#}
{% macro local_date(utc_time) -%}
    {%- if var('timezone') == 'UTC' -%}
        cast({{ utc_time }} as date)
    {%- else -%}
        {{ adapter.dispatch('local_date', 'product_engagement')(utc_time) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__local_date(utc_time) -%}
    cast(timezone('{{ var("timezone") }}', timezone('UTC', {{ utc_time }})) as date)
{%- endmacro %}

{% macro spark__local_date(utc_time) -%}
    cast(convert_timezone('UTC', '{{ var("timezone") }}', {{ utc_time }}) as date)
{%- endmacro %}


{#- A timestamp some minutes later. -#}
{% macro add_minutes(utc_time, minutes) -%}
    {{ utc_time }} + interval '{{ minutes }}' minute
{%- endmacro %}
