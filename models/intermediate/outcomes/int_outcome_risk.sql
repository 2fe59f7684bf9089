-- One row per followed score date and account that paid then: the terms of the model of risk, and what the
-- model in force says of it. Nothing here looks past the score date.

with

outcomes as (
    select distinct
        score_date,
        account_id,
        plan,
        members,
        score,
        points,
        days_since_active
    from {{ ref('int_outcomes') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_built
),

scores as (
    select * from {{ ref('int_entity_scores') }}
    where entity_type = 'account'
),

account_usage as (
    select * from {{ ref('int_account_usage') }}
),

accounts as (
    select * from {{ ref('int_accounts') }}
),

risk_models as (
    {{ risk_models() }}
),

plan_coefficients as (
    select * from {{ seed('risk_coefficients') }}
    where term like 'plan:%'
),

known as (
    select
        outcomes.*,
        score_dates.version,
        scores.previous_points,
        coalesce(scores.distinct_scored_events, 0) as distinct_scored_events,
        coalesce(account_usage.active_users, 0) as active_users,
        {{ days_between('accounts.signup_on', 'outcomes.score_date') }} as days_since_signup
    from outcomes
    inner join score_dates on outcomes.score_date = score_dates.score_date
    left join scores
        on
            outcomes.score_date = scores.score_date
            and outcomes.account_id = scores.entity_id
    left join account_usage
        on
            outcomes.score_date = account_usage.score_date
            and outcomes.account_id = account_usage.account_id
    left join accounts on outcomes.account_id = accounts.account_id
),

measured as (
    select
        *,
        {{ days_silent('days_since_active', 'days_since_signup') }} as days_silent
    from known
),

weighed as (
    select
        measured.*,
        risk_models.horizon_days,
        risk_models.intercept,
        {{ risk_parts() }}
    from measured
    left join risk_models on measured.version = risk_models.version
    left join plan_coefficients
        on
            measured.version = plan_coefficients.version
            and 'plan:' || measured.plan = plan_coefficients.term
),

final as (
    select
        score_date,
        account_id,
        version,
        plan,
        {%- for term, value in risk_terms().items() %}
        {{ value }} as {{ term }}_term,
        {%- endfor %}
        days_silent,
        horizon_days,
        {{ risk_log_odds() }} as log_odds,
        {{ logistic(risk_log_odds()) }} as probability
    from weighed
)

select * from final
