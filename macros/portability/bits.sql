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
