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


{#- The points that a score takes at a cap, the inverse of the scale: cap ln(1 + (score - 1)(e^k - 1) / 99) / k, and
    cap (score - 1) / 99 at k = 0. Unit: points, double. Range: (0, cap] for a score in (1, 100]. -#}
{% macro points_of_score(score, cap, curvature) -%}
    {%- set k = 'cast(' ~ curvature ~ ' as ' ~ type_double() ~ ')' -%}
    case
        when {{ curvature }} = 0 then {{ cap }} * ({{ score }} - 1) / 99
        else {{ cap }} * ln(1 + ({{ score }} - 1) * (exp({{ k }}) - 1) / 99) / nullif({{ k }}, 0)
    end
{%- endmacro %}


{#- The least points whose score reaches min_score at a cap; of a band that starts at 1 or below, the least points
    there are. Scores are compared at nine decimals, so the scale is inverted 4e-10 lower: less than the half that
    rounds up, and more than the last bits of a double. Rounded up at the twelfth decimal, the last of points.
    Unit: points, decimal(38,12). -#}
{% macro target_points(min_score, cap, curvature) -%}
    {%- set score = '(cast(' ~ min_score ~ ' as ' ~ type_double() ~ ') - 0.0000000004)' -%}
    case
        when {{ min_score }} <= 1 then {{ as_decimal('0.000000000001', 38, 12) }}
        else {{ as_decimal('(' ~ points_of_score(score, cap, curvature) ~ ' + 0.0000000000005)', 38, 12) }}
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


{#- What a point has moved the score on the way from some points to others: score_change / change, where score_change is
    how far. Where they lie close together, and below the cap, that quotient has no digits left; there it is the slope
    at the first times (e^x - 1) / x for x = k change / cap, as a series to x^4, exact to 1e-12 below x = 0.01. Unit:
    score per point, double. -#}
{% macro mean_score_slope(from_points, to_points, change, cap, curvature, score_change) -%}
    {%- set x -%}
        ({{ curvature }} * cast({{ change }} as {{ type_double() }}) / {{ cap }})
    {%- endset -%}
    case
        when
            {{ from_points }} > 0
            and {{ to_points }} > 0
            and greatest({{ from_points }}, {{ to_points }}) < {{ cap }}
            and abs({{ x }}) < 0.01
            then
                {{ score_slope(from_points, cap, curvature) }}
                * (1 + {{ x }} / 2 * (1 + {{ x }} / 3 * (1 + {{ x }} / 4 * (1 + {{ x }} / 5))))
        when {{ change }} <> 0 then {{ score_change }} / cast({{ change }} as {{ type_double() }})
        else 0
    end
{%- endmacro %}


{#- A score as it is compared and summed: engines differ in the last bits of a double, not in the ninth
    decimal. Range: 0-100, decimal(18,9). -#}
{% macro comparable_score(score) -%}
    {{ as_decimal(score, 18, 9) }}
{%- endmacro %}
