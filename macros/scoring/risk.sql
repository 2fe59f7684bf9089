{#- The terms of the model of risk, {name: SQL}, in the order in which reasons of equal size are told. They read the
    columns score, points, previous_points, members, active_users, distinct_scored_events, days_silent and
    days_since_signup of one account on one score date. Logarithms, because the tenth event says less than the first. -#}
{% macro risk_terms() -%}
    {%- set terms = {
        'score': rate('score', '100'),
        'points_per_member': logarithm(rate('points', 'greatest(members, 1)')),
        'change': logarithm('points') ~ ' - ' ~ logarithm('coalesce(previous_points, points)'),
        'days_silent': logarithm('least(days_silent, 365)'),
        'breadth': logarithm('distinct_scored_events'),
        'coverage': 'least(' ~ rate('active_users', 'greatest(members, 1)') ~ ', 1)',
        'age': logarithm('greatest(coalesce(days_since_signup, 0), 0)'),
    } -%}
    {%- set cast_terms = {} -%}
    {%- for name, term in terms.items() -%}
        {%- do cast_terms.update({name: as_decimal(term, 18, 9)}) -%}
    {%- endfor -%}
    {{ return(cast_terms) }}
{%- endmacro %}


{#- ln(1 + x) of a number that is 0 or more: 0 at 0. Double. -#}
{% macro logarithm(number) -%}
    ln(1 + cast({{ number }} as {{ type_double() }}))
{%- endmacro %}


{#- The days without activity by which accounts are compared: since signup, where there never was any. Unit: days. -#}
{% macro days_silent(days_since_active, days_since_signup) -%}
    greatest(coalesce({{ days_since_active }}, {{ days_since_signup }}, 365), 0)
{%- endmacro %}


{#- The seed risk_coefficients as one row a version: the days after which the model says who has left, the intercept, and a
    coefficient for each of risk_terms. Plans have rows of their own, with the term plan:<name>. -#}
{% macro risk_models() -%}
    select
        version,
        cast(max(case when term = 'horizon_days' then coefficient end) as integer) as horizon_days,
        {%- for term in ['intercept'] + risk_terms().keys() | list %}
        coalesce(max(case when term = '{{ term }}' then coefficient end), 0) as {{ 'intercept' if term == 'intercept' else term ~ '_coefficient' }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ seed('risk_coefficients') }}
    group by version
{%- endmacro %}


{#- The probability of some log-odds, null of null. Range: 0-1, double. Source: the logistic function; beyond 700, exp is
    out of range on some engines. -#}
{% macro logistic(log_odds) -%}
    case
            when {{ log_odds }} is not null
                then 1 / (1 + exp(-least(greatest(cast({{ log_odds }} as {{ type_double() }}), -700), 700)))
        end
{%- endmacro %}


{#- What a term says of an account, in words: {name of risk_terms, or plan: SQL}. -#}
{% macro risk_facts() -%}
    {%- set fall = whole_number('100 * (1 - ' ~ rate('points', 'previous_points') ~ ')') -%}
    {{ return({
        'days_silent':
            "case when days_since_active is null then 'never active'"
            ~ " when days_since_active = 0 then 'active today'"
            ~ " when days_since_active = 1 then 'last active yesterday'"
            ~ " else 'last active ' || cast(days_since_active as " ~ type_text() ~ ") || ' days ago' end",
        'change':
            "case when coalesce(previous_points, 0) = 0 then 'no use in the window before'"
            ~ " when points < previous_points then 'use down by ' || " ~ fall ~ " || ' %'"
            ~ " when points = previous_points then 'use unchanged'"
            ~ " else 'use up by ' || " ~ whole_number('100 * (' ~ rate('points', 'previous_points') ~ ' - 1)')
            ~ " || ' %' end",
        'score': "'a score of ' || " ~ whole_number('score'),
        'points_per_member': whole_number(rate('points', 'greatest(members, 1)')) ~ " || ' points a member'",
        'breadth':
            "cast(distinct_scored_events as " ~ type_text() ~ ")"
            ~ " || case when distinct_scored_events = 1 then ' kind of event' else ' kinds of events' end",
        'coverage':
            "cast(active_users as " ~ type_text() ~ ") || ' of ' || cast(members as " ~ type_text()
            ~ ") || case when members = 1 then ' member active' else ' members active' end",
        'age': "'signed up ' || cast(days_since_signup as " ~ type_text() ~ ") || ' days ago'",
        'plan': "'on the plan ' || coalesce(plan, 'unknown')",
    }) }}
{%- endmacro %}


{#- What each term, and the plan, adds to the log-odds, {name}_part: the coefficient in risk_models times the term. A plan
    without a coefficient adds nothing. Null without a model. Unit: log-odds, decimal(28,12). -#}
{% macro risk_parts() -%}
    {%- for term, value in risk_terms().items() -%}
    {{ as_decimal('risk_models.' ~ term ~ '_coefficient * ' ~ value, 28, 12) }} as {{ term }}_part,
        {% endfor -%}
    case
            when risk_models.version is not null
                then {{ as_decimal('coalesce(plan_coefficients.coefficient, 0)', 28, 12) }}
        end as plan_part
{%- endmacro %}


{#- The log-odds of leaving, the sum of the intercept and of risk_parts; null without a model. -#}
{% macro risk_log_odds() -%}
    intercept + plan_part
    {%- for term in risk_terms() %} + {{ term }}_part{% endfor %}
{%- endmacro %}


{#- What a term adds to the log-odds beyond the mean of the day. Unit: log-odds, decimal(18,9); null without a model. -#}
{% macro risk_excess(term) -%}
    {{ comparable_score(
        term ~ '_part - ' ~ rate('sum(' ~ term ~ '_part) over (partition by score_date)',
            'count(*) over (partition by score_date)')
    ) }}
{%- endmacro %}


{#- The place of a term among all by its excess: 1 for the largest; of equals the first of risk_facts. -#}
{% macro risk_place(term) -%}
    1
    {%- set terms = risk_facts().keys() | list -%}
    {%- for other in terms if other != term %}
        + case
            when {{ other }}_excess {{ '>=' if terms.index(other) < terms.index(term) else '>' }} {{ term }}_excess then 1
            else 0
        end
    {%- endfor %}
{%- endmacro %}


{#- The reasons for a risk, joined by commas. With a model, the facts of the three terms that raise it most above the
    mean of the day; null if none does. Without one, what it is ranked by, and a fall of the points. -#}
{% macro risk_reasons() -%}
    {%- set facts = risk_facts() -%}
    case
            when log_odds is null
                then
                    {{ facts.score }} || ', ' || {{ facts.days_silent }}
                    || case when points < previous_points then ', ' || {{ facts.change }} else '' end
            else
                {%- for place in [1, 2, 3] %}
                {{ '|| ' if place > 1 }}case
                    {%- for term, fact in facts.items() %}
                    when {{ term }}_place = {{ place }} and {{ term }}_excess > 0
                        then {{ "', ' || " if place > 1 }}{{ fact }}
                    {%- endfor %}
                    {{- "
                    else ''" if place > 1 }}
                end
                {%- endfor %}
        end
{%- endmacro %}
