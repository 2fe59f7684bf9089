-- One row per account that has left by the last complete day: since when, and whether its contracts ended as
-- agreed. It has left if its latest recorded status is churned, from the first day of that status on; or if a
-- month without revenue follows its last one with it, from the first day of that month on. The earlier day
-- counts. A month counts once it is over and revenue has come in for it or a later one.

with

account_periods as (
    select * from {{ ref('int_account_periods') }}
),

monthly_revenue as (
    select * from {{ ref('int_monthly_revenue') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

recorded as (
    select
        account_periods.account_id,
        account_periods.valid_from,
        account_periods.recorded_status
    from account_periods
    inner join bounds on account_periods.valid_from <= bounds.as_of
    where account_periods.recorded_status is not null
),

last_in_use as (
    select
        account_id,
        max(valid_from) as valid_from
    from recorded
    where recorded_status <> 'churned'
    group by account_id
),

recorded_losses as (
    select
        recorded.account_id,
        min(recorded.valid_from) as lost_on
    from recorded
    left join last_in_use on recorded.account_id = last_in_use.account_id
    where
        recorded.recorded_status = 'churned'
        and (last_in_use.valid_from is null or recorded.valid_from > last_in_use.valid_from)
    group by recorded.account_id
),

latest_revenue as (
    select max(month) as last_month
    from monthly_revenue
    where mrr is not null
),

paying_months as (
    select
        account_id,
        ended_as_agreed,
        {{ period_start('month', add_days('month', 31)) }} as next_month,
        row_number() over (partition by account_id order by month desc) as recency
    from monthly_revenue
    where
        mrr > 0
        or mrr is null
),

unpaid_losses as (
    select
        paying_months.account_id,
        paying_months.next_month as lost_on,
        paying_months.ended_as_agreed
    from paying_months
    inner join latest_revenue on paying_months.next_month <= latest_revenue.last_month
    inner join bounds on {{ period_end('month', 'paying_months.next_month') }} <= bounds.as_of
    where paying_months.recency = 1
),

final as (
    select
        coalesce(recorded_losses.account_id, unpaid_losses.account_id) as account_id,
        least(
            coalesce(recorded_losses.lost_on, unpaid_losses.lost_on),
            coalesce(unpaid_losses.lost_on, recorded_losses.lost_on)
        ) as lost_on,
        coalesce(unpaid_losses.ended_as_agreed, false) as ended_as_agreed
    from recorded_losses
    full outer join unpaid_losses on recorded_losses.account_id = unpaid_losses.account_id
)

select * from final
