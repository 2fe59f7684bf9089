{#- What a signal of a severity weighs among the priorities: each is worth two of the one below. -#}
{% macro severity_weight(severity) -%}
    case {{ severity }} when 'critical' then 8 when 'high' then 4 when 'medium' then 2 else 1 end
{%- endmacro %}
