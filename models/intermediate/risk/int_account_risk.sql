-- One row per score date and customer: its rank by risk among the customers of the date, and why. Where the
-- version in force has coefficients, by the log-odds that it leaves (docs/risk.md); else the lowest score
-- comes first, of equal scores the longest without activity. An account without a status counts as a
-- customer while it has points in this window or the one before.
{% set terms = risk_facts().keys() | list -%}

with

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

account_periods as (
    select * from {{ ref('int_account_periods') }}
),

member_counts as (
    select * from {{ ref('int_member_counts') }}
),

active_days as (
    select
        entity_id as account_id,
        event_date as active_on,
        coalesce(
            lead(event_date) over (partition by entity_id order by event_date), cast('9999-12-31' as date)
        ) as next_active_on
    from {{ ref('int_active_days') }}
    where entity_type = 'account'
),

risk_models as (
    {{ risk_models() }}
),

plan_coefficients as (
    select * from {{ seed('risk_coefficients') }}
    where term like 'plan:%'
),

last_active_days as (
    select
        score_dates.score_date,
        active_days.account_id,
        active_days.active_on
    from active_days
    inner join score_dates
        on
            active_days.active_on <= score_dates.score_date
            and active_days.next_active_on > score_dates.score_date
),

followed as (
    select
        score_dates.score_date,
        account_periods.account_id
    from account_periods
    inner join accounts on account_periods.account_id = accounts.account_id
    inner join score_dates
        on
            account_periods.valid_from <= score_dates.score_date
            and account_periods.valid_until > score_dates.score_date
    where
        account_periods.status = 'paying'
        and coalesce(accounts.signup_on <= score_dates.score_date, true)
    union distinct
    select
        score_date,
        entity_id as account_id
    from scores
),

customers as (
    select
        followed.score_date,
        followed.account_id,
        score_dates.version,
        account_periods.plan,
        coalesce(scores.score, 0) as score,
        scores.previous_score,
        coalesce(scores.points, 0) as points,
        scores.previous_points,
        coalesce(scores.distinct_scored_events, 0) as distinct_scored_events,
        coalesce(account_usage.active_users, 0) as active_users,
        coalesce(member_counts.members, 0) as members,
        {{ days_between('last_active_days.active_on', 'followed.score_date') }} as days_since_active,
        {{ days_between('accounts.signup_on', 'followed.score_date') }} as days_since_signup
    from followed
    inner join score_dates on followed.score_date = score_dates.score_date
    inner join accounts on followed.account_id = accounts.account_id
    inner join account_periods
        on
            followed.account_id = account_periods.account_id
            and followed.score_date >= account_periods.valid_from
            and followed.score_date < account_periods.valid_until
    left join scores
        on
            followed.score_date = scores.score_date
            and followed.account_id = scores.entity_id
    left join account_usage
        on
            followed.score_date = account_usage.score_date
            and followed.account_id = account_usage.account_id
    left join member_counts
        on
            followed.account_id = member_counts.account_id
            and followed.score_date >= member_counts.counted_from
            and followed.score_date < member_counts.counted_until
    left join last_active_days
        on
            followed.score_date = last_active_days.score_date
            and followed.account_id = last_active_days.account_id
    where {{ is_customer('account_periods.status') }}
),

measured as (
    select
        *,
        {{ days_silent('days_since_active', 'days_since_signup') }} as days_silent
    from customers
),

-- What each term adds to the log-odds, if a model is in force.
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

-- What it adds beyond what it adds on average that day.
compared as (
    select
        *,
        {{ risk_log_odds() }} as log_odds,
        {{ select_columns(terms, risk_excess('{}') ~ ' as {}_excess') }}
    from weighed
),

ranked as (
    select
        *,
        {%- for term in terms %}
        {{ risk_place(term) }} as {{ term }}_place,
        {%- endfor %}
        {{ logistic('log_odds') }} as probability,
        rank() over (
            partition by score_date
            order by log_odds desc, {{ comparable_score('score') }} asc, days_silent desc
        ) as risk_rank,
        rank() over (
            partition by score_date
            order by log_odds asc, {{ comparable_score('score') }} desc, days_silent asc
        ) - 1 as safer_customers,
        count(*) over (partition by score_date) as customers
    from compared
),

final as (
    select
        score_date,
        account_id,
        version,
        cast(risk_rank as bigint) as risk_rank,
        cast(customers as bigint) as customers,
        {{ rate('safer_customers', 'customers') }} as percentile_rank,
        horizon_days,
        cast(probability as {{ type_double() }}) as probability,
        {{ risk_reasons() }} as reasons,
        score,
        previous_score,
        days_since_active
    from ranked
)

select * from final
