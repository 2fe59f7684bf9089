{#- A column of JSON as text, from whatever type the source has: text, JSON, a structure, a list or a map. -#}
{% macro json_as_text(column, data_type) -%}
    {%- if is_text(data_type) -%}{{ return(text_or_null(column)) }}{%- endif -%}
    {{ return(adapter.dispatch('json_as_text', 'product_engagement')(column)) }}
{%- endmacro %}

{% macro default__json_as_text(column) -%}
    cast(to_json({{ column }}) as {{ type_text() }})
{%- endmacro %}

{% macro spark__json_as_text(column) -%}
    to_json({{ column }})
{%- endmacro %}

{% macro snowflake__json_as_text(column) -%}
    to_json(to_variant({{ column }}))
{%- endmacro %}

{% macro bigquery__json_as_text(column) -%}
    to_json_string({{ column }})
{%- endmacro %}

{% macro redshift__json_as_text(column) -%}
    json_serialize({{ column }})
{%- endmacro %}
