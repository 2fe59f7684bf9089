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


{#- The functions take a backslash of a text as an escape. -#}
{% macro snowflake__utc_timestamp(column, data_type) -%}
    {%- if is_zoned(data_type) -%}
        cast(convert_timezone('UTC', {{ column }}) as timestamp_ntz)
    {%- elif is_time(data_type) -%}
        cast({{ column }} as timestamp_ntz)
    {%- else -%}
        {%- set text = 'trim(cast(' ~ column ~ ' as varchar))' -%}
        {%- set zoned = "regexp_replace(regexp_replace(" ~ text ~ ", ' ?(Z|UTC)$', '+00:00'), "
            ~ "' ?([+-][0-9]{2}):?([0-9]{2})?$', '\\\\1:\\\\2')" -%}
        case
            when regexp_like({{ text }}, '{{ iso_time_with_zone() | replace('\\', '\\\\') }}')
                then cast(convert_timezone(
                    'UTC', try_cast(regexp_replace({{ zoned }}, ':$', ':00') as timestamp_tz)
                ) as timestamp_ntz)
            when regexp_like({{ text }}, '{{ iso_time() | replace('\\', '\\\\') }}')
                then try_cast({{ text }} as timestamp_ntz)
        end
    {%- endif -%}
{%- endmacro %}


{#- A timestamp is a moment, shown in UTC. Text must have seconds, no more than six decimals of them, and an offset
    of hours and minutes. -#}
{% macro bigquery__utc_timestamp(column, data_type) -%}
    {%- if is_time(data_type) -%}
        cast({{ column }} as timestamp)
    {%- else -%}
        {%- set text = "regexp_replace(trim(cast(" ~ column ~ " as string)), r'([.][0-9]{6})[0-9]+', r'\\1')" -%}
        {%- set timed = "regexp_replace(" ~ text ~ ", r'^(.{10}[T ].{5})([^:]|$)', r'\\1:00\\2')" -%}
        {%- set zoned = "regexp_replace(regexp_replace(" ~ timed ~ ", r' ?(Z|UTC)$', '+00:00'), "
            ~ "r' ?([+-][0-9]{2}):?([0-9]{2})?$', r'\\1:\\2')" -%}
        case
            when regexp_contains({{ text }}, r'^({{ iso_time_with_zone() }})$')
                then safe_cast(regexp_replace({{ zoned }}, r':$', ':00') as timestamp)
            when regexp_contains({{ text }}, r'^({{ iso_time() }})$') then safe_cast({{ timed }} as timestamp)
        end
    {%- endif -%}
{%- endmacro %}


{#- A cast would round as that of PostgreSQL does. The functions take a backslash of a text as an escape. -#}
{% macro redshift__utc_timestamp(column, data_type) -%}
    {%- if is_zoned(data_type) -%}
        timezone('UTC', {{ column }})
    {%- elif is_time(data_type) -%}
        cast({{ column }} as timestamp)
    {%- else -%}
        {%- set text = "regexp_replace(trim(cast(" ~ column ~ " as " ~ type_text() ~ ")), "
            ~ "'([.][0-9]{6})[0-9]+', '$1')" -%}
        case
            when {{ text }} ~ ':[0-9]{2}:6' then null
            when {{ text }} ~ '^({{ iso_time_with_zone() | replace('\\', '\\\\') }})$'
                then timezone('UTC', try_cast({{ text }} as timestamptz))
            when {{ text }} ~ '^({{ iso_time() | replace('\\', '\\\\') }})$'
                then try_cast({{ text }} as timestamp)
        end
    {%- endif -%}
{%- endmacro %}


{#- A UTC time as a literal that compares with a source's column of a type, without casting the column.
    time: a date, a time, or text of either, such as 2026-05-31 06:00:00. -#}
{% macro source_time_literal(time, data_type) -%}
    {%- set time = time_of(time) ~ ('' if ':' in time | string else ' 00:00:00') -%}
    {{ return(adapter.dispatch('source_time_literal', 'product_engagement')(time, data_type)) }}
{%- endmacro %}

{% macro default__source_time_literal(time, data_type) -%}
    {%- if is_zoned(data_type) -%}
        cast('{{ time }}+00:00' as {{ data_type }})
    {%- else -%}
        cast('{{ time }}' as {{ type_timestamp() }})
    {%- endif -%}
{%- endmacro %}

{#- Neither a date nor a datetime compares with a timestamp. -#}
{% macro bigquery__source_time_literal(time, data_type) -%}
    cast('{{ time }}' as {{ 'timestamp' if data_type | lower == 'timestamp' else 'datetime' }})
{%- endmacro %}


{#- A time that a query of the run returned, as text: some drivers name the zone of a UTC timestamp. -#}
{% macro time_of(time) -%}
    {{ return((time | string).replace('+00:00', '')) }}
{%- endmacro %}


{#- A UTC timestamp as text, such as 2026-05-31 06:00:00.25. -#}
{% macro time_text(utc_time) -%}
    {{ return(adapter.dispatch('time_text', 'product_engagement')(utc_time)) }}
{%- endmacro %}

{% macro default__time_text(utc_time) -%}
    cast({{ utc_time }} as {{ type_text() }})
{%- endmacro %}

{% macro snowflake__time_text(utc_time) -%}
    regexp_replace(to_char({{ utc_time }}, 'YYYY-MM-DD HH24:MI:SS.FF6'), '[.]?0+$', '')
{%- endmacro %}

{% macro bigquery__time_text(utc_time) -%}
    format_timestamp('%F %H:%M:%E*S', {{ utc_time }})
{%- endmacro %}


{#- A date as text, such as 2026-05-31, whatever the session would print. -#}
{% macro date_text(day) -%}
    {{ return(adapter.dispatch('date_text', 'product_engagement')(day)) }}
{%- endmacro %}

{% macro default__date_text(day) -%}
    cast({{ day }} as {{ type_text() }})
{%- endmacro %}

{% macro postgres__date_text(day) -%}
    to_char({{ day }}, 'YYYY-MM-DD')
{%- endmacro %}

{% macro snowflake__date_text(day) -%}
    to_char({{ day }}, 'YYYY-MM-DD')
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

{% macro snowflake__local_date(utc_time) -%}
    cast(convert_timezone('UTC', '{{ var("timezone") }}', {{ utc_time }}) as date)
{%- endmacro %}

{% macro bigquery__local_date(utc_time) -%}
    date({{ utc_time }}, '{{ var("timezone") }}')
{%- endmacro %}

{% macro spark__local_date(utc_time) -%}
    cast(convert_timezone('UTC', '{{ var("timezone") }}', {{ utc_time }}) as date)
{%- endmacro %}


{#- A timestamp some minutes later. -#}
{% macro add_minutes(utc_time, minutes) -%}
    {{ return(adapter.dispatch('add_minutes', 'product_engagement')(utc_time, minutes)) }}
{%- endmacro %}

{% macro default__add_minutes(utc_time, minutes) -%}
    {{ utc_time }} + interval '{{ minutes }}' minute
{%- endmacro %}

{% macro snowflake__add_minutes(utc_time, minutes) -%}
    dateadd(minute, {{ minutes }}, {{ utc_time }})
{%- endmacro %}

{% macro bigquery__add_minutes(utc_time, minutes) -%}
    timestamp_add({{ utc_time }}, interval {{ minutes }} minute)
{%- endmacro %}

{% macro redshift__add_minutes(utc_time, minutes) -%}
    dateadd(minute, {{ minutes }}, {{ utc_time }})
{%- endmacro %}
