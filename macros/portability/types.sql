{#- The 64-bit float of the engine (dbt's type_float is 32 bits on some). -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'product_engagement')()) }}
{%- endmacro %}

{% macro default__type_double() %}{{ return('double') }}{% endmacro %}
{% macro postgres__type_double() %}{{ return('double precision') }}{% endmacro %}


{#- Text of any length. -#}
{% macro type_text() -%}
    {{ return(adapter.dispatch('type_text', 'product_engagement')()) }}
{%- endmacro %}

{% macro default__type_text() %}{{ return('varchar') }}{% endmacro %}
{% macro postgres__type_text() %}{{ return('text') }}{% endmacro %}
{% macro spark__type_text() %}{{ return('string') }}{% endmacro %}


{#- Whether a type, as the engine names it, is a date or a timestamp. -#}
{% macro is_time(data_type) -%}
    {{ return((data_type | lower).startswith(('timestamp', 'date'))) }}
{%- endmacro %}


{#- Whether a type, as the engine names it, is a timestamp with a time zone. -#}
{% macro is_zoned(data_type) -%}
    {{ return('with time zone' in data_type | lower or data_type | lower == 'timestamptz') }}
{%- endmacro %}


{#- Whether a type, as the engine names it, is text. -#}
{% macro is_text(data_type) -%}
    {%- set name = data_type | lower -%}
    {{ return('char' in name or name in ('text', 'string')) }}
{%- endmacro %}
