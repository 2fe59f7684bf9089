-- One row per followed score date and account that paid both in the month before the score date and, by its
-- first row, in the month of it. Trials are excluded. Accounts that had already churned are excluded; their
-- inactivity predicts nothing.

with

followed_dates as (
    select distinct
        score_date,
        month_before,
        score_month
    from {{ ref('int_outcome_dates') }}
),

monthly_revenue as (
    select * from {{ ref('int_monthly_revenue') }}
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

final as (
    select
        followed_dates.score_date,
        followed_dates.month_before,
        revenue_before.account_id,
        coalesce(account_periods.recorded_plan, 'unknown') as plan,
        revenue_before.mrr as mrr_before
    from followed_dates
    inner join monthly_revenue as revenue_before on followed_dates.month_before = revenue_before.month
    inner join monthly_revenue as revenue_on_score_date
        on
            followed_dates.score_month = revenue_on_score_date.month
            and revenue_before.account_id = revenue_on_score_date.account_id
    left join excluded_accounts on revenue_before.account_id = excluded_accounts.account_id
    left join account_periods
        on
            revenue_before.account_id = account_periods.account_id
            and followed_dates.score_date >= account_periods.valid_from
            and followed_dates.score_date < account_periods.valid_until
    where
        revenue_before.mrr > 0
        and revenue_on_score_date.first_mrr > 0
        and excluded_accounts.account_id is null
        and coalesce(account_periods.status_on_score_date, 'unknown') not in ('trial', 'churned')
)

select * from final
