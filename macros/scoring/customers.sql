{#- Whether a status is that of a customer: paying, or nothing says that the account is not. -#}
{% macro is_customer(status) -%}
    coalesce({{ status }}, 'paying') = 'paying'
{%- endmacro %}
