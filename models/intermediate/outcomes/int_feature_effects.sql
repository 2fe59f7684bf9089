-- One row per key feature, horizon and measure (score or retention): how it changed for the
-- accounts that adopted the feature, beside matching accounts of the same date, and the standard
-- error of the difference.
{% set sides = {'adopters': 'is_adopter', 'others': 'not is_adopter'} -%}

with

trials as (
    select * from {{ ref('int_feature_adoption_cohorts') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

outcome_dates as (
    select
        *,
        {{ add_days('score_date', 'horizon_days - mod(horizon_days, 7)') }} as date_after
    from {{ ref('int_outcome_dates') }}
),

outcomes as (
    select * from {{ ref('int_outcomes') }}
),

scores as (
    select * from {{ ref('int_entity_scores') }}
    where entity_type = 'account'
),

-- Before and after: the scores of the date before and of the last Sunday within the horizon; for retention,
-- whether the account still pays.
observed as (
    select
        trials.*,
        outcome_dates.horizon_days,
        'score' as measure,
        {{ comparable_score('trials.previous_score') }} as value_before,
        {{ comparable_score('coalesce(scores.score, 0)') }} as value_after
    from trials
    inner join outcome_dates on trials.score_date = outcome_dates.score_date
    inner join bounds on outcome_dates.date_after <= bounds.as_of
    left join scores
        on
            outcome_dates.date_after = scores.score_date
            and trials.account_id = scores.entity_id
    union all
    select
        trials.*,
        outcomes.horizon_days,
        'retention' as measure,
        {{ comparable_score(1) }} as value_before,
        {{ comparable_score('case when outcomes.is_retained then 1 else 0 end') }} as value_after
    from trials
    inner join outcomes
        on
            trials.score_date = outcomes.score_date
            and trials.account_id = outcomes.account_id
),

-- Accounts that are alike on a date: what changed for those that did not take the feature up is what would
-- have changed for those that did.
strata as (
    select
        feature,
        horizon_days,
        measure,
        score_date,
        plan,
        age,
        previous_decile,
        cast(sum(case when is_adopter then 1 else 0 end) as {{ type_double() }}) as adopters,
        cast(sum(case when is_adopter then 0 else 1 end) as {{ type_double() }}) as others,
        cast(sum(case when is_adopter then 0 else value_after - value_before end) as {{ type_double() }})
        / nullif(sum(case when is_adopter then 0 else 1 end), 0) as expected_change
    from observed
    group by feature, horizon_days, measure, score_date, plan, age, previous_decile
),

matched as (
    select
        observed.feature,
        observed.horizon_days,
        observed.measure,
        observed.account_id,
        observed.is_adopter,
        observed.value_before,
        observed.value_after,
        case
            when observed.is_adopter then 1
            else {{ rate('strata.adopters', 'strata.others') }}
        end as weight,
        case
            when observed.is_adopter then 1
            else sqrt(strata.others / nullif(strata.others - 1, 0))
        end as inflation,
        cast(observed.value_after - observed.value_before as {{ type_double() }}) - strata.expected_change
            as surplus
    from observed
    inner join strata
        on
            observed.feature = strata.feature
            and observed.horizon_days = strata.horizon_days
            and observed.measure = strata.measure
            and observed.score_date = strata.score_date
            and observed.plan = strata.plan
            and observed.age = strata.age
            and observed.previous_decile = strata.previous_decile
    where
        strata.adopters > 0
        and strata.others > 1
),

effects as (
    select
        feature,
        horizon_days,
        measure,
        cast(sum(case when is_adopter then 1 else 0 end) as {{ type_double() }}) as adoptions,
        count(distinct case when is_adopter then account_id end) as matched_adopters,
        count(distinct case when not is_adopter then account_id end) as matched_others,
        {%- for side, condition in sides.items() %}
        {%- for moment in ['before', 'after'] %}
        sum(case when {{ condition }} then {{ as_decimal('weight * value_' ~ moment, 38, 15) }} else 0 end)
            as {{ side }}_{{ moment }},
        {%- endfor %}
        {%- endfor %}
        sum(case when is_adopter then {{ as_decimal('surplus', 38, 15) }} else 0 end) as surplus
    from matched
    group by feature, horizon_days, measure
),

means as (
    select
        feature,
        horizon_days,
        measure,
        adoptions,
        matched_adopters,
        matched_others,
        {%- for side in sides %}
        {%- for moment in ['before', 'after'] %}
        {{ rate(side ~ '_' ~ moment, 'adoptions') }} as {{ side }}_{{ moment }},
        {%- endfor %}
        {%- endfor %}
        {{ rate('surplus', 'adoptions') }} as effect
    from effects
),

-- An account may stand on several dates: its deviations are added up before they are squared.
deviations as (
    select
        matched.feature,
        matched.horizon_days,
        matched.measure,
        matched.account_id,
        sum(
            case
                when matched.is_adopter then matched.surplus - means.effect
                else -matched.weight * matched.inflation * matched.surplus
            end
        ) as deviation
    from matched
    inner join means
        on
            matched.feature = means.feature
            and matched.horizon_days = means.horizon_days
            and matched.measure = means.measure
    group by matched.feature, matched.horizon_days, matched.measure, matched.account_id
),

errors as (
    select
        deviations.feature,
        deviations.horizon_days,
        deviations.measure,
        sqrt(
            sum(deviations.deviation * deviations.deviation) * count(*) / nullif(count(*) - 1, 0)
        ) / max(means.adoptions) as standard_error
    from deviations
    inner join means
        on
            deviations.feature = means.feature
            and deviations.horizon_days = means.horizon_days
            and deviations.measure = means.measure
    group by deviations.feature, deviations.horizon_days, deviations.measure
),

adopters as (
    select
        feature,
        horizon_days,
        measure,
        count(distinct account_id) as adopters
    from observed
    where is_adopter
    group by feature, horizon_days, measure
),

final as (
    select
        adopters.feature,
        adopters.horizon_days,
        adopters.measure,
        adopters.adopters,
        coalesce(means.matched_adopters, 0) as matched_adopters,
        coalesce(means.matched_others, 0) as matched_others,
        means.adopters_before,
        means.adopters_after,
        means.others_before,
        means.others_after,
        means.effect,
        errors.standard_error
    from adopters
    left join means
        on
            adopters.feature = means.feature
            and adopters.horizon_days = means.horizon_days
            and adopters.measure = means.measure
    left join errors
        on
            adopters.feature = errors.feature
            and adopters.horizon_days = errors.horizon_days
            and adopters.measure = errors.measure
)

select * from final
