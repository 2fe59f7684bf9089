{#- A share or rate: part / whole as a double, null where the whole is 0 or null. -#}
{% macro rate(part, whole) -%}
    cast({{ part }} as {{ type_double() }}) / nullif({{ whole }}, 0)
{%- endmacro %}


{#- Growth between two windows: (gained + 1) / (gained + lost + 2). Range: (0, 1); one half is standing
    still. Source: Laplace's rule of succession over the entities that came or went. -#}
{% macro growth_rate(gained, lost) -%}
    {{ rate('(' ~ gained ~ ' + 1)', '(' ~ gained ~ ' + ' ~ lost ~ ' + 2)') }}
{%- endmacro %}


{#- Mean of the scores in a group, exact before the last division. Null for an empty group. -#}
{% macro mean_score(score) -%}
    cast(sum({{ comparable_score(score) }}) as {{ type_double() }}) / nullif(count({{ score }}), 0)
{%- endmacro %}


{#- Mean of the rates in a group, exact to 15 decimals before the last division: nine, as for scores, would show
    in the composite, which is 100 times as large. Null for an empty group. -#}
{% macro mean_rate(rate) -%}
    cast(sum({{ as_decimal(rate, 18, 15) }}) as {{ type_double() }}) / nullif(count({{ rate }}), 0)
{%- endmacro %}


{#- Days from signup to a milestone: 0 if it came before, null if it has not come. Unit: days. -#}
{% macro days_from_signup(signup_on, reached_on) -%}
    {%- set days = days_between(signup_on, reached_on) -%}
    case when {{ days }} < 0 then 0 else {{ days }} end
{%- endmacro %}


{#- 100 x the mean of those of the rates that are not null; null if all are. Range: 0-100. -#}
{% macro composite_score(rates) -%}
    100 * (
        {%- for rate in rates %}{{ ' + ' if not loop.first }}coalesce({{ rate }}, 0){% endfor -%}
    ) / nullif(
        {%- for rate in rates %}{{ ' + ' if not loop.first }}case when {{ rate }} is null then 0 else 1 end{% endfor -%}
    , 0)
{%- endmacro %}


{#- The tenth in which a rank lies, 1 to 10, counted from the smallest; equals share the lowest of theirs. Rank is 1 for
    the smallest, members how many are ranked. -#}
{% macro decile(rank, members) -%}
    cast(floor(10 * cast({{ rank }} - 1 as {{ type_double() }}) / {{ members }}) as integer) + 1
{%- endmacro %}
