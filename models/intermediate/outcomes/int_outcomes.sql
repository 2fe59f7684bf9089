-- One row per score date, horizon with a known outcome, and followed account: what was known on the score
-- date, and what the account pays afterwards. Accounts whose contracts have ended as agreed by then are
-- excluded.

with

outcome_dates as (
    select * from {{ ref('int_outcome_dates') }}
    where is_known
),

monthly_revenue as (
    select * from {{ ref('int_monthly_revenue') }}
),

-- With the next month in which the account pays.
paying_months as (
    select
        account_id,
        month,
        ended_as_agreed,
        lead(month) over (partition by account_id order by month) as next_month
    from monthly_revenue
    where mrr > 0
),

followed_accounts as (
    select * from {{ ref('int_followed_accounts') }}
),

member_counts as (
    select * from {{ ref('int_member_counts') }}
),

predictors as (
    select * from {{ ref('int_outcome_predictors') }}
),

paying as (
    select
        outcome_dates.score_date,
        outcome_dates.horizon_days,
        followed_accounts.account_id,
        followed_accounts.plan,
        followed_accounts.mrr_before,
        greatest(coalesce(revenue_after.mrr, 0), 0) as mrr_after
    from outcome_dates
    inner join followed_accounts on outcome_dates.score_date = followed_accounts.score_date
    left join monthly_revenue as revenue_after
        on
            outcome_dates.month_after = revenue_after.month
            and followed_accounts.account_id = revenue_after.account_id
    left join paying_months as last_paid
        on
            followed_accounts.account_id = last_paid.account_id
            and outcome_dates.month_after >= last_paid.month
            and (last_paid.next_month is null or outcome_dates.month_after < last_paid.next_month)
    where
        (revenue_after.account_id is null or revenue_after.mrr is not null)
        and (coalesce(revenue_after.mrr, 0) > 0 or not coalesce(last_paid.ended_as_agreed, false))
),

-- In the order of days, the latest active day up to a score date is the running maximum.
account_days as (
    select
        entity_id as account_id,
        event_date as date_day,
        event_date as active_on,
        cast(null as date) as score_date
    from {{ ref('int_active_days') }}
    where entity_type = 'account'
    union all
    select distinct
        account_id,
        score_date as date_day,
        cast(null as date) as active_on,
        score_date
    from paying
),

followed as (
    select
        account_id,
        score_date,
        max(active_on) over (
            partition by account_id
            order by date_day, case when score_date is null then 0 else 1 end
            rows between unbounded preceding and current row
        ) as last_active_on
    from account_days
),

final as (
    select
        paying.score_date,
        paying.horizon_days,
        paying.account_id,
        paying.plan,
        coalesce(member_counts.members, 0) as members,
        coalesce(predictors.score, 0) as score,
        coalesce(predictors.points, 0) as points,
        coalesce(predictors.band, 'inactive') as band,
        coalesce(predictors.events, 0) as events,
        coalesce(predictors.distinct_events, 0) as distinct_events,
        coalesce(predictors.active_days, 0) as active_days,
        {{ days_between('followed.last_active_on', 'paying.score_date') }} as days_since_active,
        paying.mrr_before,
        paying.mrr_after,
        paying.mrr_after > 0 as is_retained,
        paying.mrr_after = 0 as is_churned,
        paying.mrr_after > paying.mrr_before as is_expanded,
        paying.mrr_after > 0 and paying.mrr_after < paying.mrr_before as is_contracted,
        paying.mrr_after / paying.mrr_before - 1 as revenue_growth_rate
    from paying
    left join predictors
        on
            paying.score_date = predictors.score_date
            and paying.account_id = predictors.account_id
    left join followed
        on
            paying.score_date = followed.score_date
            and paying.account_id = followed.account_id
    left join member_counts
        on
            paying.account_id = member_counts.account_id
            and paying.score_date >= member_counts.counted_from
            and paying.score_date < member_counts.counted_until
)

select * from final
