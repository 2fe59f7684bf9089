{#- Before anything runs: the functions of the project's own that its SQL calls, where an engine lacks them. -#}
{% macro create_functions() -%}
    {{ return(adapter.dispatch('create_functions', 'product_engagement')()) }}
{%- endmacro %}

{% macro default__create_functions() -%}
{%- endmacro %}

{#- PostgreSQL has no cast that gives null for what cannot be cast. -#}
{% macro postgres__create_functions() -%}
    {%- for data_type, value in {
        'bigint': 'round(cast(value as numeric))',
        'double precision': 'value',
        'boolean': 'value',
        'timestamp': 'value',
        'timestamptz': 'value',
    }.items() %}
    create or replace function {{ internal_schema() }}.try_{{ data_type | replace(' ', '_') }}(value text)
    returns {{ data_type }} language plpgsql stable strict as $$
    begin
        return cast({{ value }} as {{ data_type }});
    exception when data_exception then
        return null;
    end $$;
    {%- endfor %}
{%- endmacro %}


{#- The schema of the internal models. -#}
{% macro internal_schema() -%}
    {{ return(generate_schema_name('internal', none)) }}
{%- endmacro %}
