{#- Both are dbt's own names: the company has its own idea of them, for its own models. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else custom_schema_name | trim }}
{%- endmacro %}

{% macro should_full_refresh() -%}
    {{ return(flags.FULL_REFRESH and config.get('meta', {}).get('may_be_refreshed', true)) }}
{%- endmacro %}
