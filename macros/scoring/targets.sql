{#- How many events of points_each, at least one, give at least some points. Divided as doubles, then put right in
    decimals. points, points_each: decimals; returns a bigint. -#}
{% macro events_needed(points, points_each) -%}
    {%- set quotient -%}
        cast(floor(cast({{ points }} as {{ type_double() }}) / cast({{ points_each }} as {{ type_double() }})) as bigint)
    {%- endset -%}
    case
        when {{ as_decimal(quotient, 18, 0) }} * {{ points_each }} < {{ points }} then {{ quotient }} + 1
        when {{ as_decimal(quotient ~ ' - 1', 18, 0) }} * {{ points_each }} >= {{ points }} then {{ quotient }} - 1
        else {{ quotient }}
    end
{%- endmacro %}


{#- A number of people in words, "1 person" or "2 people"; which: what stands before, as in "1 other person". -#}
{% macro people_text(number, which='') -%}
    case
        when {{ number }} = 1 then '1 {{ which }}person'
        else cast({{ number }} as {{ type_text() }}) || ' {{ which }}people'
    end
{%- endmacro %}
