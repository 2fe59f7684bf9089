{#- Before anything runs: the functions of the project's own that its SQL calls, where an engine lacks them. -#}
{% macro create_functions() -%}
    {{ return(adapter.dispatch('create_functions', 'product_engagement')()) }}
{%- endmacro %}

{% macro default__create_functions() -%}
{%- endmacro %}

{#- PostgreSQL has no cast that gives null for what cannot be cast. What counts as true and false is what does on
    DuckDB. -#}
{% macro postgres__create_functions() -%}
    create schema if not exists {{ internal_schema() }};
    {%- for data_type, value in {
        'bigint': 'round(cast(value as numeric))',
        'double precision': 'value',
        'boolean': "case when lower(value) in ('true', 't', 'yes', 'y', '1', 'false', 'f', 'no', 'n', '0') then value end",
        'timestamp': 'value',
        'timestamptz': 'value',
        'jsonb': 'value',
    }.items() %}
    create or replace function {{ internal_schema() }}.try_{{ data_type | replace(' ', '_') }}(value text)
    returns {{ data_type }} language plpgsql stable strict as $$
    begin
        return cast({{ value }} as {{ data_type }});
    exception when data_exception or feature_not_supported then
        return null;
    end $$;
    {%- endfor %}
{%- endmacro %}


{% macro redshift__create_functions() -%}
{%- endmacro %}


{#- The schema of the internal models, and that of the public tables, wherever they are asked for. -#}
{% macro internal_schema() -%}
    {{ return(graph.nodes['model.product_engagement.int_run'].schema if execute else target.schema) }}
{%- endmacro %}

{% macro public_schema() -%}
    {{ return(graph.nodes['model.product_engagement.publication'].schema if execute else target.schema) }}
{%- endmacro %}
