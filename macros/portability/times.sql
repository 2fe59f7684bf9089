{#- A timestamp in UTC, without a zone, from a column of whatever type the source has: a time with a zone is converted,
    one without is UTC; text and numbers are read as docs/inputs.md says, and are null where they are no time.
    data_type: the column's type as the engine names it. -#}
{% macro utc_timestamp(column, data_type) -%}
    {%- if is_time(data_type) -%}
        {{ return(adapter.dispatch('timestamp_of_time', 'product_engagement')(column, data_type)) }}
    {%- endif -%}
    {%- set text = 'trim(cast(' ~ column ~ ' as ' ~ type_text() ~ '))' -%}
    {%- set hyphenated = "substr(" ~ text ~ ", 1, 4) || '-' || substr(" ~ text ~ ", 6, 2) || '-' || substr(" ~ text ~ ", 9)" -%}
    {%- set digits = "substr(" ~ text ~ ", 1, 4) || '-' || substr(" ~ text ~ ", 5, 2) || '-' || substr(" ~ text ~ ", 7, 2)" -%}
    {%- set number = expanded_number(text) -%}
    case
        when {{ full_match(text, iso_time_with_zone()) }} then {{ zoned_timestamp(text) }}
        when {{ full_match(text, iso_time()) }} then {{ plain_timestamp(text) }}
        when {{ text }} like '____/__/__%'
            then case
                when {{ full_match(hyphenated, iso_time_with_zone()) }} then {{ zoned_timestamp(hyphenated) }}
                when {{ full_match(hyphenated, iso_time()) }} then {{ plain_timestamp(hyphenated) }}
            end
        when {{ full_match(text, epoch()) }} then {{ timestamp_of_epoch(text) }}
        when {{ full_match(text, '[0-9]{8}([.]0+)?') }} then {{ plain_timestamp(digits) }}
        when {{ full_match(text, scientific_number()) }}
            then case when {{ full_match(number, epoch()) }} then {{ timestamp_of_epoch(number) }} end
    end
{%- endmacro %}


{#- The first day of a month, from a column that holds a month (2026-05, 202605) or a day in it; a number of seconds is
    no month. -#}
{% macro month_start(column, data_type) -%}
    {%- if is_time(data_type) -%}
        {{ return('cast(' ~ utc_timestamp(column, data_type) ~ ' as date)') }}
    {%- endif -%}
    {%- set text = 'trim(cast(' ~ column ~ ' as ' ~ type_text() ~ '))' -%}
    {%- set day = "case when " ~ full_match(text, '[0-9]{4}[-/][0-9]{2}')
        ~ " then substr(" ~ text ~ ", 1, 4) || '-' || substr(" ~ text ~ ", 6, 2) || '-01' when "
        ~ full_match(text, '[0-9]{6}([.]0+)?')
        ~ " then substr(" ~ text ~ ", 1, 4) || '-' || substr(" ~ text ~ ", 5, 2) || '-01' when not "
        ~ full_match(text, '[0-9]{9}.*') ~ " then " ~ text ~ " end" -%}
    cast({{ utc_timestamp(day, type_text()) }} as date)
{%- endmacro %}


{#- Regular expressions of text that is a time: an ISO 8601 date with or without a time of day; one with a time of day and
    a zone; a number of seconds, milliseconds, microseconds or nanoseconds since 1970, told by its digits; a number in
    scientific notation. -#}
{% macro iso_time() -%}
    {{ return('[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]' ~ time_of_day() ~ ')?') }}
{%- endmacro %}

{% macro iso_time_with_zone() -%}
    {{ return(
        '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]' ~ time_of_day()
        ~ ' ?(Z|UTC|GMT|[+-]00:?00 UTC|[+-](0[0-9]|1[0-3])(:?[0-5][0-9])?|[+-]14(:?00)?)'
    ) }}
{%- endmacro %}

{% macro time_of_day() -%}
    {{ return('([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?') }}
{%- endmacro %}

{% macro epoch() -%}
    {{ return('([0-9]{10}|[0-9]{13}|[0-9]{16}|[0-9]{19})([.][0-9]+)?') }}
{%- endmacro %}

{% macro scientific_number() -%}
    {{ return('[0-9]([.][0-9]+)?[eE][+]?(0?[0-9]|1[0-8])') }}
{%- endmacro %}


{#- Whether a text matches a regular expression from beginning to end. -#}
{% macro full_match(text, pattern) -%}
    {{ return(adapter.dispatch('full_match', 'product_engagement')(text, pattern)) }}
{%- endmacro %}

{% macro default__full_match(text, pattern) -%}
    {{ return("regexp_full_match(" ~ text ~ ", '" ~ pattern ~ "')") }}
{%- endmacro %}

{% macro postgres__full_match(text, pattern) -%}
    {{ return("(" ~ text ~ ") ~ '^(" ~ pattern ~ ")$'") }}
{%- endmacro %}

{% macro spark__full_match(text, pattern) -%}
    {{ return("(" ~ text ~ ") rlike '^(" ~ pattern ~ ")$'") }}
{%- endmacro %}

{% macro snowflake__full_match(text, pattern) -%}
    {{ return("regexp_like(" ~ text ~ ", '" ~ pattern ~ "')") }}
{%- endmacro %}

{% macro bigquery__full_match(text, pattern) -%}
    {{ return("regexp_contains(" ~ text ~ ", r'^(" ~ pattern ~ ")$')") }}
{%- endmacro %}


{#- A number in scientific notation as text without it. -#}
{% macro expanded_number(text) -%}
    {{ return(adapter.dispatch('expanded_number', 'product_engagement')(text)) }}
{%- endmacro %}

{% macro default__expanded_number(text) -%}
    {{ return('cast(cast(' ~ text ~ ' as decimal(38, 9)) as ' ~ type_text() ~ ')') }}
{%- endmacro %}

{% macro postgres__expanded_number(text) -%}
    {{ return('cast(cast(' ~ text ~ ' as numeric) as text)') }}
{%- endmacro %}

{% macro redshift__expanded_number(text) -%}
    {{ return('cast(cast(cast(' ~ text ~ ' as float8) as decimal(38, 9)) as ' ~ type_text() ~ ')') }}
{%- endmacro %}

{% macro bigquery__expanded_number(text) -%}
    {{ return('cast(cast(' ~ text ~ ' as bignumeric) as string)') }}
{%- endmacro %}


{#- The time of a number of seconds, milliseconds, microseconds or nanoseconds since 1970; its first 16 digits are the
    microseconds. -#}
{% macro timestamp_of_epoch(number) -%}
    {{ return(adapter.dispatch('timestamp_of_microseconds', 'product_engagement')(
        "cast(substr(replace(" ~ number ~ ", '.', '') || '000000', 1, 16) as bigint)"
    )) }}
{%- endmacro %}

{% macro default__timestamp_of_microseconds(microseconds) -%}
    {{ return('make_timestamp(' ~ microseconds ~ ')') }}
{%- endmacro %}

{% macro postgres__timestamp_of_microseconds(microseconds) -%}
    {{ return("timestamp '1970-01-01' + " ~ microseconds ~ " * interval '1 microsecond'") }}
{%- endmacro %}

{% macro spark__timestamp_of_microseconds(microseconds) -%}
    {{ return('timestamp_micros(' ~ microseconds ~ ')') }}
{%- endmacro %}

{% macro bigquery__timestamp_of_microseconds(microseconds) -%}
    {{ return('timestamp_micros(' ~ microseconds ~ ')') }}
{%- endmacro %}

{% macro snowflake__timestamp_of_microseconds(microseconds) -%}
    {{ return('to_timestamp_ntz(' ~ microseconds ~ ', 6)') }}
{%- endmacro %}


{#- A column that is a date or a timestamp as a UTC timestamp; an infinity is null. -#}
{% macro duckdb__timestamp_of_time(column, data_type) -%}
    {%- if data_type | lower == 'timestamp_ns' -%}
        {#- a cast would round up to the next microsecond, and so perhaps to the next day -#}
        case when isfinite({{ column }}) then make_timestamp(epoch_ns({{ column }}) // 1000) end
    {%- else -%}
        {{ finite_utc_timestamp(column, data_type) }}
    {%- endif -%}
{%- endmacro %}

{% macro postgres__timestamp_of_time(column, data_type) -%}
    {{ finite_utc_timestamp(column, data_type) }}
{%- endmacro %}

{#- The zone of a Spark session that builds is UTC (profiles.yml), so that a timestamp is one of UTC. -#}
{% macro spark__timestamp_of_time(column, data_type) -%}
    cast({{ column }} as timestamp)
{%- endmacro %}

{% macro snowflake__timestamp_of_time(column, data_type) -%}
    {%- if is_zoned(data_type) -%}
        cast(convert_timezone('UTC', {{ column }}) as timestamp_ntz)
    {%- else -%}
        cast({{ column }} as timestamp_ntz)
    {%- endif -%}
{%- endmacro %}

{#- A timestamp is a moment, shown in UTC. -#}
{% macro bigquery__timestamp_of_time(column, data_type) -%}
    cast({{ column }} as timestamp)
{%- endmacro %}

{% macro redshift__timestamp_of_time(column, data_type) -%}
    {%- if is_zoned(data_type) -%}
        timezone('UTC', {{ column }})
    {%- else -%}
        cast({{ column }} as timestamp)
    {%- endif -%}
{%- endmacro %}

{% macro finite_utc_timestamp(column, data_type) -%}
    case
        when isfinite({{ column }})
            then {% if is_zoned(data_type) %}timezone('UTC', {{ column }}){% else %}cast({{ column }} as timestamp){% endif %}
    end
{%- endmacro %}


{#- Text that iso_time matches as a timestamp, null where there is no such day. Digits beyond the microsecond are cut
    off, where a cast would round. -#}
{% macro plain_timestamp(text) -%}
    {{ return(adapter.dispatch('plain_timestamp', 'product_engagement')(text)) }}
{%- endmacro %}

{% macro default__plain_timestamp(text) -%}
    {{ return('try_cast(' ~ text ~ ' as ' ~ type_timestamp() ~ ')') }}
{%- endmacro %}

{% macro postgres__plain_timestamp(text) -%}
    {{ return(try_cast("regexp_replace(" ~ text ~ ", '([.][0-9]{6})[0-9]+', '\\1')", 'timestamp')) }}
{%- endmacro %}

{#- Text must have seconds. -#}
{% macro bigquery__plain_timestamp(text) -%}
    {{ return('safe_cast(' ~ bigquery_time(text) ~ ' as timestamp)') }}
{%- endmacro %}

{% macro redshift__plain_timestamp(text) -%}
    {{ return("try_cast(regexp_replace(" ~ text ~ ", '([.][0-9]{6})[0-9]+', '$1') as timestamp)") }}
{%- endmacro %}


{#- Text that iso_time_with_zone matches as a UTC timestamp, null where there is no such day. -#}
{% macro zoned_timestamp(text) -%}
    {{ return(adapter.dispatch('zoned_timestamp', 'product_engagement')(text)) }}
{%- endmacro %}

{#- A cast to timestamptz takes neither a space before an offset nor, everywhere, Z. -#}
{% macro duckdb__zoned_timestamp(text) -%}
    {%- set zoned = "regexp_replace(regexp_replace(" ~ text ~ ", ' ?(Z|UTC|GMT|[+-]00:?00 UTC)$', '+00'), ' ([+-])', '\\1')" -%}
    {{ return("timezone('UTC', try_cast(" ~ zoned ~ " as timestamptz))") }}
{%- endmacro %}

{% macro postgres__zoned_timestamp(text) -%}
    {%- set zoned = "regexp_replace(regexp_replace(" ~ text
        ~ ", ' ?(Z|UTC|GMT|[+-]00:?00 UTC)$', '+00'), '([.][0-9]{6})[0-9]+', '\\1')" -%}
    {{ return("timezone('UTC', " ~ try_cast(zoned, 'timestamptz') ~ ")") }}
{%- endmacro %}

{% macro spark__zoned_timestamp(text) -%}
    {{ return('try_cast(' ~ with_full_offset(text, '$1:$2') ~ ' as timestamp)') }}
{%- endmacro %}

{% macro snowflake__zoned_timestamp(text) -%}
    {{ return(
        "cast(convert_timezone('UTC', try_cast(" ~ with_full_offset(text, '\\\\1:\\\\2')
        ~ ' as timestamp_tz)) as timestamp_ntz)'
    ) }}
{%- endmacro %}

{% macro bigquery__zoned_timestamp(text) -%}
    {{ return('safe_cast(' ~ with_full_offset(bigquery_time(text), '\\\\1:\\\\2') ~ ' as timestamp)') }}
{%- endmacro %}

{% macro redshift__zoned_timestamp(text) -%}
    {%- set zoned = "regexp_replace(regexp_replace(" ~ text
        ~ ", ' ?(Z|UTC|GMT|[+-]00:?00 UTC)$', '+00'), '([.][0-9]{6})[0-9]+', '$1')" -%}
    {{ return("timezone('UTC', try_cast(" ~ zoned ~ " as timestamptz))") }}
{%- endmacro %}


{#- A time in text whose zone is an offset of hours and minutes. pair: how the engine writes two groups and a colon. -#}
{% macro with_full_offset(text, pair) -%}
    {{ return(
        "regexp_replace(regexp_replace(regexp_replace(" ~ text
        ~ ", ' ?(Z|UTC|GMT|[+-]00:?00 UTC)$', '+00:00'), ' ?([+-][0-9]{2}):?([0-9]{2})?$', '" ~ pair ~ "'), ':$', ':00')"
    ) }}
{%- endmacro %}


{#- A time in text as BigQuery takes it: with seconds, and no more than six decimals of them. -#}
{% macro bigquery_time(text) -%}
    {{ return(
        "regexp_replace(regexp_replace(" ~ text ~ ", '([.][0-9]{6})[0-9]+', r'\\1'), "
        ~ "'^(.{10}[T ].{5})([^:]|$)', r'\\1:00\\2')"
    ) }}
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


{#- The UTC time at which the clocks of a zone show a timestamp. -#}
{% macro utc_of_local(local_time, zone) -%}
    {{ return(adapter.dispatch('utc_of_local', 'product_engagement')(local_time, zone)) }}
{%- endmacro %}

{% macro default__utc_of_local(local_time, zone) -%}
    {{ return("timezone('UTC', timezone(" ~ text_literal(zone) ~ ', ' ~ local_time ~ '))') }}
{%- endmacro %}

{% macro snowflake__utc_of_local(local_time, zone) -%}
    {{ return('convert_timezone(' ~ text_literal(zone) ~ ", 'UTC', " ~ local_time ~ ')') }}
{%- endmacro %}

{% macro redshift__utc_of_local(local_time, zone) -%}
    {{ return('convert_timezone(' ~ text_literal(zone) ~ ", 'UTC', " ~ local_time ~ ')') }}
{%- endmacro %}

{% macro bigquery__utc_of_local(local_time, zone) -%}
    {{ return("timestamp(datetime(" ~ local_time ~ ", 'UTC'), " ~ text_literal(zone) ~ ')') }}
{%- endmacro %}

{% macro spark__utc_of_local(local_time, zone) -%}
    {{ return('to_utc_timestamp(' ~ local_time ~ ', ' ~ text_literal(zone) ~ ')') }}
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
