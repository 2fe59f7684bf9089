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


{#- A value as text; blank (only spaces) is null. -#}
{% macro text_or_null(value) -%}
    {{ return(adapter.dispatch('text_or_null', 'product_engagement')('cast(' ~ value ~ ' as ' ~ type_text() ~ ')')) }}
{%- endmacro %}

{% macro default__text_or_null(text) -%}
    case when trim({{ text }}) <> '' then {{ text }} end
{%- endmacro %}

{#- Nearly every text begins with more than a space, which is found without trimming it. -#}
{% macro duckdb__text_or_null(text) -%}
    case when {{ text }} >= '!' then {{ text }} when trim({{ text }}) <> '' then {{ text }} end
{%- endmacro %}


{#- A 64-bit hash of a text: equal texts have equal hashes, and nearly always the reverse. -#}
{% macro hash64(text) -%}
    {{ return(adapter.dispatch('hash64', 'product_engagement')(text)) }}
{%- endmacro %}

{% macro default__hash64(text) -%}
    {{ dbt.hash(text) }}
{%- endmacro %}

{% macro duckdb__hash64(text) -%}
    hash({{ text }})
{%- endmacro %}

{% macro postgres__hash64(text) -%}
    hashtextextended({{ text }}, 0)
{%- endmacro %}

{% macro spark__hash64(text) -%}
    xxhash64({{ text }})
{%- endmacro %}
