{#- md5 of all other macros. dbt does not tell a project what its macros say, and a run must start over when a formula
    has changed; python/tests/test_project.py fails until this and the next are right. -#}
{% macro formulas_fingerprint() -%}
    {{ return('dca2d86f60cf3e0e53b9a9b238cb5368') }}
{%- endmacro %}


{#- The same of those outside macros/scoring, with which source rows may be read. -#}
{% macro reading_macros_fingerprint() -%}
    {{ return('ee420ef553b9a8b64e6b9c9d89c2397a') }}
{%- endmacro %}
