{#- Fails for every row whose parts do not add up to a total, or in which one of them is null.
    arguments: total, a column; parts, columns; tolerance, the engine's last bits. -#}
{% test sums_to(model, total, parts, tolerance=1e-9) %}
{%- do know_ref() -%}

select
    {{ total }},
    {{ parts | join(', ') }}
from {{ model }}
where not coalesce(abs({{ parts | join(' + ') }} - {{ total }}) <= {{ tolerance }}, false)

{% endtest %}
