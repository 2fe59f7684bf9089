{#- Fails for every way in which a value is not valid, and says in how many rows: a null where none may be, a
    value that is not one of those accepted, a figure outside its range, a NaN or an infinity. One look at the
    table for all of its columns; a row counts for the first that it meets.
    arguments: not_null, columns; accepted, {column: values}, and ranges, {column: [least, most]}, most null for
    no limit: there null passes; tolerance, the engine's last bits. -#}
{% test valid_values(model, not_null=[], accepted={}, ranges={}, tolerance=1e-9) %}
{%- do know_ref() -%}

select fault || ' (rows: ' || cast(count(*) as {{ type_text() }}) || ')' as warning
from (
    select
        case
            {%- for column in not_null %}
            when {{ column }} is null then '{{ column }} is null'
            {%- endfor %}
            {%- for column, values in accepted.items() %}
            when {{ column }} not in ('{{ values | join("', '") }}') then '{{ column }} is none of {{ values | join(', ') }}'
            {%- endfor %}
            {%- for column, (least, most) in ranges.items() %}
            when
                not (
                    {{ column }} >= {{ least }} - {{ tolerance }}
                    and {{ column }}
                    <= {{ "cast('1e300' as " ~ type_double() ~ ')' if most is none else most ~ ' + ' ~ tolerance }}
                )
                then '{{ column }} is not within {{ least }} and {{ 'no limit' if most is none else most }}'
            {%- endfor %}
        end as fault
    from {{ model }}
) as checked
where fault is not null
group by fault

{% endtest %}
