{#- The 64-bit float of the engine (dbt's type_float is 32 bits on some). -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'product_engagement')()) }}
{%- endmacro %}

{% macro default__type_double() %}{{ return('double') }}{% endmacro %}
{% macro postgres__type_double() %}{{ return('double precision') }}{% endmacro %}
{% macro bigquery__type_double() %}{{ return('float64') }}{% endmacro %}


{#- Text of any length. -#}
{% macro type_text() -%}
    {{ return(adapter.dispatch('type_text', 'product_engagement')()) }}
{%- endmacro %}

{% macro default__type_text() %}{{ return('varchar') }}{% endmacro %}
{% macro postgres__type_text() %}{{ return('text') }}{% endmacro %}
{% macro spark__type_text() %}{{ return('string') }}{% endmacro %}
{% macro bigquery__type_text() %}{{ return('string') }}{% endmacro %}
{#- A varchar of no length holds 256 bytes. -#}
{% macro redshift__type_text() %}{{ return('varchar(65535)') }}{% endmacro %}


{#- A UTC timestamp: one without a zone, where the engine has that. -#}
{% macro type_timestamp() -%}
    {{ return(adapter.dispatch('type_timestamp', 'product_engagement')()) }}
{%- endmacro %}

{% macro default__type_timestamp() %}{{ return('timestamp') }}{% endmacro %}
{#- A parameter of the account says what its timestamp is. -#}
{% macro snowflake__type_timestamp() %}{{ return('timestamp_ntz') }}{% endmacro %}


{#- A value rounded to an exact decimal. -#}
{% macro as_decimal(value, precision, scale) -%}
    {{ return(adapter.dispatch('as_decimal', 'product_engagement')(value, precision, scale)) }}
{%- endmacro %}

{% macro default__as_decimal(value, precision, scale) -%}
    cast({{ value }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{#- A cast takes no precision and scale; numeric has 9 decimals, which a product of two would be rounded to. -#}
{% macro bigquery__as_decimal(value, precision, scale) -%}
    round(cast({{ value }} as bignumeric), {{ scale }})
{%- endmacro %}


{#- Whether a type, as the engine names it, is a date or a timestamp. -#}
{% macro is_time(data_type) -%}
    {{ return((data_type | lower).startswith(('timestamp', 'date'))) }}
{%- endmacro %}


{#- Whether a type, as the engine names it, is a timestamp with a time zone. -#}
{% macro is_zoned(data_type) -%}
    {%- set name = data_type | lower -%}
    {{ return('with time zone' in name or name in ('timestamptz', 'timestamp_tz', 'timestamp_ltz')) }}
{%- endmacro %}


{#- Whether a type, as the engine names it, is text; a list or a structure of text is not. -#}
{% macro is_text(data_type) -%}
    {%- set name = (data_type | lower).split('(')[0].split('<')[0] -%}
    {{ return(('char' in name and not data_type.endswith(']')) or name in ('text', 'string')) }}
{%- endmacro %}


{#- Whether a type, as the engine names it, is true or false. -#}
{% macro is_boolean(data_type) -%}
    {{ return((data_type | lower).startswith('bool')) }}
{%- endmacro %}
