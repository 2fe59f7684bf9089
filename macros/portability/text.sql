{#- The values of a group in an order, joined by "|", null for an empty group. -#}
{% macro joined_text(value, order_by) -%}
    {{ return(adapter.dispatch('joined_text', 'product_engagement')(value, order_by)) }}
{%- endmacro %}

{% macro default__joined_text(value, order_by) -%}
    string_agg({{ value }}, '|' order by {{ order_by }})
{%- endmacro %}

{% macro spark__joined_text(value, order_by) -%}
    listagg({{ value }}, '|') within group (order by {{ order_by }})
{%- endmacro %}


{#- A value cast to a type, null where it cannot be. -#}
{% macro try_cast(value, data_type) -%}
    {{ return(adapter.dispatch('try_cast', 'product_engagement')(value, data_type)) }}
{%- endmacro %}

{% macro default__try_cast(value, data_type) -%}
    try_cast({{ value }} as {{ data_type }})
{%- endmacro %}


{#- md5 of several columns as text, a missing value told from an empty one. Returns 32 hexadecimal digits. -#}
{% macro row_hash(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append("coalesce('=' || cast(" ~ column ~ " as " ~ type_text() ~ "), '')") -%}
    {%- endfor -%}
    {{ dbt.hash(parts | join(" || '|' || ")) }}
{%- endmacro %}
