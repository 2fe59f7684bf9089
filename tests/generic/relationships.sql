{#- Fails for every value that another table does not have in a column; null passes. dbt's own test of this name, for this
    project. arguments: to, a relation, and field, its column. -#}
{% test relationships(model, column_name, to, field) %}
{%- do know_ref() -%}

with

child as (
    select {{ column_name }} as value from {{ model }}
    where {{ column_name }} is not null
),

parent as (
    select {{ field }} as value from {{ to }}
)

select child.value
from child
left join parent on child.value = parent.value
where parent.value is null

{% endtest %}
