-- One row: the latest day up to a date as of which a run was published (empty: none), and an entity's score
-- and risk on that day as they were published first, and as they are known now. Read by engagement explain.

with

recorded as (
    select
        score_date,
        published_at
    from {{ ref('published_risk') }}
    union all
    select
        score_date,
        published_at
    from {{ ref('published_signals') }}
),

recorded_dates as (
    select
        score_date,
        min(published_at) as published_at
    from recorded
    group by score_date
),

shown as (
    select
        max(case
            when score_date <= cast('{{ var('score_date', '9999-12-31') }}' as date) then score_date
        end) as score_date,
        min(score_date) as first_date
    from recorded_dates
),

first_scores as (
    select
        score_date,
        version,
        score,
        band,
        points,
        published_at,
        row_number() over (partition by score_date order by published_at, version) as position
    from {{ ref('published_scores') }}
    where
        entity_type = '{{ var('entity_type', 'account') }}'
        and entity_id = '{{ var('entity_id', 'a') }}'
),

first_risk as (
    select
        score_date,
        risk_rank,
        customers,
        probability,
        reasons,
        row_number() over (partition by score_date order by published_at, version) as position
    from {{ ref('published_risk') }}
    where
        account_id = '{{ var('entity_id', 'a') }}'
        and '{{ var('entity_type', 'account') }}' = 'account'
),

known_scores as (
    select
        score_date,
        version,
        score,
        band,
        points
    from {{ ref('user_scores') }}
    where
        user_id = '{{ var('entity_id', 'a') }}'
        and '{{ var('entity_type', 'account') }}' = 'user'
    union all
    select
        score_date,
        version,
        score,
        band,
        points
    from {{ ref('account_scores') }}
    where
        account_id = '{{ var('entity_id', 'a') }}'
        and '{{ var('entity_type', 'account') }}' = 'account'
),

known_risk as (
    select * from {{ ref('account_risk') }}
    where
        account_id = '{{ var('entity_id', 'a') }}'
        and '{{ var('entity_type', 'account') }}' = 'account'
)

select
    shown.score_date,
    shown.first_date,
    recorded_dates.published_at,
    product_scores.score_date is not null as is_kept,
    first_scores.version,
    first_scores.score,
    first_scores.band,
    first_scores.points,
    first_risk.risk_rank,
    first_risk.customers,
    first_risk.probability,
    first_risk.reasons,
    known_scores.version as known_version,
    known_scores.score as known_score,
    known_scores.band as known_band,
    known_scores.points as known_points,
    known_risk.risk_rank as known_risk_rank,
    known_risk.customers as known_customers,
    known_risk.probability as known_probability,
    known_risk.reasons as known_reasons
from shown
left join recorded_dates on shown.score_date = recorded_dates.score_date
left join {{ ref('product_scores') }} as product_scores on shown.score_date = product_scores.score_date
left join first_scores
    on
        shown.score_date = first_scores.score_date
        and first_scores.position = 1
left join first_risk
    on
        shown.score_date = first_risk.score_date
        and first_risk.position = 1
left join known_scores on shown.score_date = known_scores.score_date
left join known_risk on shown.score_date = known_risk.score_date
