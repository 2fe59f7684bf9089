{#- u in (0, 1] spread over the scale 1-100: 1 + 99 (e^(ku) - 1) / (e^k - 1), and 1 + 99u at k = 0.
    k > 0 spreads the top, k < 0 the bottom; the config check holds 0.01 <= |k| <= 10 or k = 0.
    Range: (1, 100], double. Source: docs/engagement-score.md. -#}
{% macro exponential_scale(u, curvature) -%}
    case
        when {{ curvature }} = 0 then 1 + 99 * {{ u }}
        else
            1 + 99 * (
                (exp(cast({{ curvature }} as {{ type_double() }}) * {{ u }}) - 1)
                / nullif(exp(cast({{ curvature }} as {{ type_double() }})) - 1, 0)
            )
    end
{%- endmacro %}


{#- The score of some points at a cap: winsorized, then spread over the scale; 0 without points.
    Range: 0 or (1, 100], double. -#}
{% macro score_of(points, cap, curvature) -%}
    case
        when {{ points }} > 0 then {{ exponential_scale('(' ~ winsorize(points, cap) ~ ' / ' ~ cap ~ ')', curvature) }}
        else 0
    end
{%- endmacro %}


{#- What one more point moves the score at some points and a cap: the derivative of the scale, 99k e^(ku) / (e^k - 1)
    / cap, and 99 / cap at k = 0; 0 from the cap on. Unit: score per point, double. -#}
{% macro score_slope(points, cap, curvature) -%}
    {%- set u = 'cast(' ~ points ~ ' as ' ~ type_double() ~ ') / ' ~ cap -%}
    case
        when {{ points }} >= {{ cap }} then 0
        when {{ curvature }} = 0 then 99 / {{ cap }}
        else
            99 * {{ curvature }} * exp({{ curvature }} * {{ u }})
            / nullif((exp({{ curvature }}) - 1) * {{ cap }}, 0)
    end
{%- endmacro %}


{#- A score as it is compared and summed: engines differ in the last bits of a double, not in the ninth
    decimal. Range: 0-100, decimal(18,9). -#}
{% macro comparable_score(score) -%}
    {{ as_decimal(score, 18, 9) }}
{%- endmacro %}
