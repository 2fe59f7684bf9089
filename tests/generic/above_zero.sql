{#- Fails for every value that is 0, negative or null: a cap divides. -#}
{% test above_zero(model, column_name) %}
{%- do know_ref() -%}

select {{ column_name }}
from {{ model }}
where not coalesce({{ column_name }} > 0, false)

{% endtest %}
