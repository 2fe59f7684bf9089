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


{#- A score as it is compared and summed: engines differ in the last bits of a double, not in the ninth
    decimal. Range: 0-100, decimal(18,9). -#}
{% macro comparable_score(score) -%}
    {{ as_decimal(score, 18, 9) }}
{%- endmacro %}
