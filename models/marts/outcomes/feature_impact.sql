-- One row per key feature and horizon: accounts that adopted the feature, against active accounts
-- of the same plan, age and tenth of the previous score that did not; the differences in score and
-- retention afterwards, with a 95 % interval. With too few of either there is no verdict and no
-- figure.
{% set enough = var('min_accounts_with_outcome') -%}

with

features as (
    select distinct feature from {{ ref('int_feature_events') }}
),

horizons as (
    select distinct horizon_days from {{ ref('int_outcome_dates') }}
),

effects as (
    select
        *,
        effect - 1.96 * standard_error as lower_bound,
        effect + 1.96 * standard_error as upper_bound
    from {{ ref('int_feature_effects') }}
),

judged as (
    select
        *,
        case
            when adopters < {{ enough }} then 'too_few_adopters'
            when matched_adopters < {{ enough }} or matched_others < {{ enough }} then 'too_few_others'
            when
                measure = 'retention'
                and matched_adopters * least(others_after, 1 - others_after) < {{ enough / 2 }}
                then 'too_few_outcomes'
            when lower_bound > 0 then 'higher'
            when upper_bound < 0 then 'lower'
            else 'no_difference'
        end as verdict
    from effects
),

told as (
    select
        feature,
        horizon_days,
        measure,
        adopters,
        matched_adopters,
        matched_others,
        verdict,
        case when verdict not like 'too_few%' then adopters_before end as adopters_before,
        case when verdict not like 'too_few%' then adopters_after end as adopters_after,
        case when verdict not like 'too_few%' then others_before end as others_before,
        case when verdict not like 'too_few%' then others_after end as others_after,
        case when verdict not like 'too_few%' then effect end as effect,
        case when verdict not like 'too_few%' then lower_bound end as lower_bound,
        case when verdict not like 'too_few%' then upper_bound end as upper_bound
    from judged
),

final as (
    select
        features.feature,
        horizons.horizon_days,
        coalesce(score.adopters, 0) as score_adopters,
        coalesce(score.matched_adopters, 0) as score_matched_adopters,
        coalesce(score.matched_others, 0) as score_matched_others,
        score.adopters_before as adopters_score_before,
        score.adopters_after as adopters_score_after,
        score.others_before as others_score_before,
        score.others_after as others_score_after,
        score.effect as score_effect,
        score.lower_bound as score_lower_bound,
        score.upper_bound as score_upper_bound,
        coalesce(score.verdict, 'too_few_adopters') as score_verdict,
        coalesce(retention.adopters, 0) as retention_adopters,
        coalesce(retention.matched_adopters, 0) as retention_matched_adopters,
        coalesce(retention.matched_others, 0) as retention_matched_others,
        retention.adopters_after as adopters_retention_rate,
        retention.others_after as others_retention_rate,
        retention.effect as retention_effect,
        retention.lower_bound as retention_lower_bound,
        retention.upper_bound as retention_upper_bound,
        coalesce(retention.verdict, 'too_few_adopters') as retention_verdict
    from features
    cross join horizons
    left join told as score
        on
            features.feature = score.feature
            and horizons.horizon_days = score.horizon_days
            and score.measure = 'score'
    left join told as retention
        on
            features.feature = retention.feature
            and horizons.horizon_days = retention.horizon_days
            and retention.measure = 'retention'
)

select * from final
