{#- md5 of all other macros. dbt does not tell a project what its macros say, and a run must start over when a formula
    has changed; python/tests/test_project.py fails until this and the next are right. -#}
{% macro formulas_fingerprint() -%}
    {{ return('4b98f456065b89d161fe3f95928f3572') }}
{%- endmacro %}


{#- The same of those outside macros/scoring, with which source rows may be read. -#}
{% macro reading_macros_fingerprint() -%}
    {{ return('ee0bc2b15592aa88213931b53485e97c') }}
{%- endmacro %}
