{#- Fails for every row with a figure outside its range, or with a NaN or an infinity; null passes.
    arguments: ranges, {column: [least, most]}, most null for no limit; tolerance, the engine's last bits. -#}
{% test in_range(model, ranges, tolerance=1e-9) %}

select {{ ranges.keys() | join(', ') }}
from {{ model }}
where
    {%- for column, (least, most) in ranges.items() %}
    not coalesce(
        {{ column }} >= {{ least }} - {{ tolerance }}
        and {{ column }} <= {{ "cast('1e300' as " ~ type_double() ~ ')' if most is none else most ~ ' + ' ~ tolerance }},
        true
    )
    {{- ' or' if not loop.last }}
    {%- endfor %}

{% endtest %}
