-- One row per score date, horizon with a known outcome, and account that paid both in the month
-- before the score date and in its own month: what was known on the score date, and what the
-- account pays afterwards. Trials are excluded. Accounts that had already churned are excluded;
-- their inactivity predicts nothing. So are those whose contract has ended as agreed by then.

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

excluded_accounts as (
    select * from {{ seed('excluded_accounts') }}
),

account_periods as (
    select
        *,
        coalesce(recorded_status, nullif(status, 'churned')) as status_on_score_date
    from {{ ref('int_account_periods') }}
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
        revenue_before.account_id,
        coalesce(account_periods.recorded_plan, 'unknown') as plan,
        revenue_before.mrr as mrr_before,
        greatest(coalesce(revenue_after.mrr, 0), 0) as mrr_after
    from outcome_dates
    inner join monthly_revenue as revenue_before on outcome_dates.month_before = revenue_before.month
    inner join monthly_revenue as revenue_on_score_date
        on
            outcome_dates.score_month = revenue_on_score_date.month
            and revenue_before.account_id = revenue_on_score_date.account_id
    left join excluded_accounts on revenue_before.account_id = excluded_accounts.account_id
    left join account_periods
        on
            revenue_before.account_id = account_periods.account_id
            and outcome_dates.score_date >= account_periods.valid_from
            and outcome_dates.score_date < account_periods.valid_until
    left join monthly_revenue as revenue_after
        on
            outcome_dates.month_after = revenue_after.month
            and revenue_before.account_id = revenue_after.account_id
    left join paying_months as last_paid
        on
            revenue_before.account_id = last_paid.account_id
            and outcome_dates.month_after >= last_paid.month
            and (last_paid.next_month is null or outcome_dates.month_after < last_paid.next_month)
    where
        revenue_before.mrr > 0
        and revenue_on_score_date.first_mrr > 0
        and (revenue_after.account_id is null or revenue_after.mrr is not null)
        and (coalesce(revenue_after.mrr, 0) > 0 or not coalesce(last_paid.ended_as_agreed, false))
        and excluded_accounts.account_id is null
        and coalesce(account_periods.status_on_score_date, 'unknown') not in ('trial', 'churned')
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
