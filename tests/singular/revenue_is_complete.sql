-- Fewer than half as many accounts pay in the latest month that is over as in the month before: it may not
-- have been loaded whole. Whoever is missing counts as churned.
{{ config(severity='warn') }}

with

months as (
    select
        monthly_revenue.month,
        count(*) as paying_accounts
    from {{ ref('int_monthly_revenue') }} as monthly_revenue
    inner join {{ ref('int_calendar_bounds') }} as bounds
        on bounds.as_of >= {{ period_end('month', 'monthly_revenue.month') }}
    where monthly_revenue.mrr > 0
    group by monthly_revenue.month
),

latest as (
    select max(month) as month
    from months
)

select
    'in ' || {{ date_text('months.month') }} || ' only ' || cast(months.paying_accounts as {{ type_text() }})
    || ' accounts pay, and ' || cast(months_before.paying_accounts as {{ type_text() }})
    || ' in the month before: subscriptions may not have been loaded whole' as warning
from months
inner join latest on months.month = latest.month
inner join months as months_before
    on months_before.month = {{ period_start('month', add_days('months.month', -1)) }}
where 2 * months.paying_accounts < months_before.paying_accounts
