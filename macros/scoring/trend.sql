{#- cooling, heating or steady against the previous window; null without one. The score must move by
    trend_score_change, or the points halve or double from (to) at least min_trend_points: a convex
    score is blind at the bottom, where accounts are lost. Cooling wins where both hold. -#}
{% macro trend(score, previous_score, points, previous_points) -%}
    {%- set change = comparable_score(score) ~ ' - ' ~ comparable_score(previous_score) -%}
    case
        when {{ previous_score }} is null then null
        when {{ change }} <= -{{ var('trend_score_change') }} then 'cooling'
        when {{ previous_points }} >= {{ var('min_trend_points') }} and {{ points }} <= {{ previous_points }} - {{ points }}
            then 'cooling'
        when {{ change }} >= {{ var('trend_score_change') }} then 'heating'
        when {{ points }} >= {{ var('min_trend_points') }} and {{ previous_points }} <= {{ points }} - {{ previous_points }}
            then 'heating'
        else 'steady'
    end
{%- endmacro %}
