-- One row per score date and account with points in the window or the previous one: all that a rule looks
-- at. Scores are such that they can be compared. Without a status an account counts as a customer.

with

standings as (
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
        standings.score_date,
        standings.account_id,
        account_periods.plan,
        account_periods.status,
        {{ is_customer('account_periods.status') }} as is_customer,
        {{ days_between('accounts.signup_on', 'standings.score_date') }} as days_since_signup,
        accounts.trial_ends_on,
        accounts.renews_on,
        {{ comparable_score('standings.score') }} as score,
        {{ comparable_score('standings.previous_score') }} as previous_score,
        {{ comparable_score(rate('standings.points', 'standings.previous_points')) }} as points_retention_rate,
        standings.trend,
        standings.active_users,
        standings.coverage,
        standings.seats,
        standings.seat_utilization,
        standings.champion_user_id,
        standings.champion_concentration,
        adoption.features_available,
        adoption.features_used_all_time,
        adoption.adoption_rate
    from standings
    inner join accounts on standings.account_id = accounts.account_id
    left join account_periods
        on
            standings.account_id = account_periods.account_id
            and standings.score_date >= account_periods.valid_from
            and standings.score_date < account_periods.valid_until
    left join adoption
        on
            standings.score_date = adoption.score_date
            and standings.account_id = adoption.entity_id
)

select * from final
