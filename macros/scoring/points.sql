{#- How often an event counts at most for one entity on one day: its daily cap, or 999,999,999, the largest quantity of
    one row. -#}
{% macro daily_limit(daily_cap) -%}
    least(coalesce({{ daily_cap }}, 999999999), 999999999)
{%- endmacro %}


{#- Points of one entity for one event on one day, before decay: weight x count, the count limited by
    daily_limit. Shape: a row per event and day. Unit: points, decimal(18,3), which holds every product of
    a decimal(8,3) and a decimal(9,0).
    Source: docs/engagement-score.md. -#}
{% macro event_points(weight, events, daily_cap) -%}
    {%- set counted = as_decimal('least(' ~ events ~ ', ' ~ daily_limit(daily_cap) ~ ')', 9, 0) -%}
    {{ as_decimal(weight ~ ' * ' ~ counted, 18, 3) }}
{%- endmacro %}


{#- Points of a day, before decay: the sum of the points of its events. Unit: points, decimal(20,3), exact. -#}
{% macro day_points(weight, events, daily_cap) -%}
    {{ as_decimal('sum(' ~ event_points(weight, events, daily_cap) ~ ')', 20, 3) }}
{%- endmacro %}


{#- What a day still counts after age_days: 0.5^(age / half-life), 1 without a half-life. Rounded once
    per age to decimal(10,9), so that sums of points are exact on every engine. Range: 0-1.
    Source: exponential decay. -#}
{% macro decay_factor(age_days, half_life_days) -%}
    {%- set factor -%}
        case
            when {{ half_life_days }} is null then 1
            else power(0.5, {{ age_days }} / cast({{ half_life_days }} as {{ type_double() }}))
        end
    {%- endset -%}
    {{ as_decimal(factor, 10, 9) }}
{%- endmacro %}


{#- Sum of a window's daily points, each times its decay factor. Unit: points, decimal(38,12), exact. -#}
{% macro window_points(points, factor) -%}
    {{ as_decimal('sum(' ~ points ~ ' * ' ~ factor ~ ')', 38, 12) }}
{%- endmacro %}
