{#- Whether a feature is part of a plan. plans: names separated by |, null for all; an unknown plan has only what all
    have. -#}
{% macro is_in_plans(plan, plans) -%}
    (
        {{ plans }} is null
        or (
            {{ plan }} <> ''
            and {{ dbt.position("'|' || " ~ plan ~ " || '|'", "'|' || " ~ plans ~ " || '|'") }} > 0
        )
    )
{%- endmacro %}
