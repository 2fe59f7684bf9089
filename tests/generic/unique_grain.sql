{#- Fails for every combination of the columns that occurs more than once, and for every row in which one of
    them is null. arguments: columns, the grain; nullable, those of them that may be null. -#}
{% test unique_grain(model, columns, nullable=[]) %}
{%- do know_ref() -%}

select
    {{ columns | join(', ') }},
    count(*) as rows_found
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}
