{#- The number of bits that are 1 in a bigint. -#}
{% macro bit_count(value) -%}
    {{ return(adapter.dispatch('bit_count', 'product_engagement')(value)) }}
{%- endmacro %}

{% macro default__bit_count(value) -%}
    bit_count({{ value }})
{%- endmacro %}

{% macro postgres__bit_count(value) -%}
    bit_count(cast({{ value }} as bit(64)))
{%- endmacro %}

{% macro snowflake__bit_count(value) -%}
    {{ hexadecimal_bit_count('to_char(' ~ value ~ ", 'XXXXXXXXXXXXXXX')") }}
{%- endmacro %}

{% macro redshift__bit_count(value) -%}
    {{ hexadecimal_bit_count('upper(to_hex(' ~ value ~ '))') }}
{%- endmacro %}

{#- The same for hexadecimal digits in a text: how many digits have the lowest bit, the next, and so on. -#}
{% macro hexadecimal_bit_count(text) -%}
    (
        {%- for digits in ['13579BDF', '2367ABEF', '4567CDEF', '89ABCDEF'] -%}
        regexp_count({{ text }}, '[{{ digits }}]'){{ ' + ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}


{#- The bits that are 1 in both of two bigints. -#}
{% macro bits_in_both(one, other) -%}
    {{ return(adapter.dispatch('bits_in_both', 'product_engagement')(one, other)) }}
{%- endmacro %}

{% macro default__bits_in_both(one, other) -%}
    ({{ one }} & {{ other }})
{%- endmacro %}

{% macro snowflake__bits_in_both(one, other) -%}
    bitand({{ one }}, {{ other }})
{%- endmacro %}


{#- Aggregate: the bits that are 1 in any bigint of a group. -#}
{% macro bits_in_any(value) -%}
    {{ return(adapter.dispatch('bits_in_any', 'product_engagement')(value)) }}
{%- endmacro %}

{% macro default__bits_in_any(value) -%}
    bit_or({{ value }})
{%- endmacro %}

{% macro snowflake__bits_in_any(value) -%}
    bitor_agg({{ value }})
{%- endmacro %}
