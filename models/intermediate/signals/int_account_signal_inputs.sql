-- One row per score date and account with points in this window or the previous one: the inputs
-- that the rules of accounts share. Scores are rounded so that comparisons agree across engines. An
-- account without a status counts as a customer.

with

account_scores as (
    select * from {{ ref('int_account_scores') }}
),

accounts as (
    select * from {{ ref('int_accounts') }}
),

account_periods as (
    select * from {{ ref('int_account_periods') }}
),

adoption as (
    select * from {{ ref('int_entity_adoption') }}
    where entity_type = 'account'
),

final as (
    select
        account_scores.score_date,
        account_scores.account_id,
        account_periods.plan,
        account_periods.status,
        {{ is_customer('account_periods.status') }} as is_customer,
        {{ days_between('accounts.signup_on', 'account_scores.score_date') }} as days_since_signup,
        accounts.trial_ends_on,
        accounts.renews_on,
        {{ comparable_score('account_scores.score') }} as score,
        {{ comparable_score('account_scores.previous_score') }} as previous_score,
        {{ comparable_score(rate('account_scores.points', 'account_scores.previous_points')) }}
            as points_retention_rate,
        account_scores.trend,
        account_scores.active_users,
        account_scores.coverage,
        account_scores.seats,
        account_scores.seat_utilization,
        account_scores.champion_user_id,
        account_scores.champion_concentration,
        adoption.features_available,
        adoption.features_used_all_time,
        adoption.adoption_rate
    from account_scores
    inner join accounts on account_scores.account_id = accounts.account_id
    left join account_periods
        on
            account_scores.account_id = account_periods.account_id
            and account_scores.score_date >= account_periods.valid_from
            and account_scores.score_date < account_periods.valid_until
    left join adoption
        on
            account_scores.score_date = adoption.score_date
            and account_scores.account_id = adoption.entity_id
)

select * from final
