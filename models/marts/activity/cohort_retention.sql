-- One row per entity type, way to form cohorts, cohort and month since its start, of complete months: how
-- many of its members were active in the month, and what accounts that paid in the first one pay in it.
-- Before the first loaded month nothing is known: the months of the cohort `before` count from that one.

with

members as (
    select * from {{ ref('int_cohort_members') }}
),

days as (
    select * from {{ ref('int_calendar_days') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

active_months as (
    select * from {{ ref('int_active_months') }}
),

monthly_revenue as (
    select * from {{ ref('int_monthly_revenue') }}
),

calendar_months as (
    select distinct {{ period_start('month', 'date_day') }} as month
    from days
),

complete_months as (
    select
        calendar_months.month,
        row_number() over (order by calendar_months.month) as month_number
    from calendar_months
    inner join bounds on {{ period_end('month', 'calendar_months.month') }} <= bounds.as_of
),

cohorts as (
    select
        entity_type,
        cohort_by,
        cohort,
        cohort_month,
        start_month,
        count(*) as members
    from members
    group by entity_type, cohort_by, cohort, cohort_month, start_month
),

cells as (
    select
        cohorts.entity_type,
        cohorts.cohort_by,
        cohorts.cohort,
        cohorts.cohort_month,
        months.month,
        cast(months.month_number - start_months.month_number as integer) as months_since,
        cohorts.members
    from cohorts
    inner join complete_months as start_months on cohorts.start_month = start_months.month
    inner join complete_months as months on start_months.month <= months.month
),

activity as (
    select
        members.entity_type,
        members.cohort_by,
        members.cohort,
        active_months.month,
        count(*) as active
    from members
    inner join active_months
        on
            members.entity_type = active_months.entity_type
            and members.entity_id = active_months.entity_id
    group by members.entity_type, members.cohort_by, members.cohort, active_months.month
),

-- What has not come in for any account is not known of any.
last_revenue as (
    select max(month) as last_month
    from monthly_revenue
    where mrr is not null
),

paying_members as (
    select
        members.cohort_by,
        members.cohort,
        members.start_month,
        members.entity_id as account_id,
        monthly_revenue.mrr as mrr_before
    from members
    inner join monthly_revenue
        on
            members.entity_id = monthly_revenue.account_id
            and members.start_month = monthly_revenue.month
    where
        members.entity_type = 'account'
        and monthly_revenue.mrr > 0
),

followed_members as (
    select
        paying_members.cohort_by,
        paying_members.cohort,
        paying_members.account_id,
        paying_members.mrr_before,
        complete_months.month
    from paying_members
    inner join complete_months on paying_members.start_month <= complete_months.month
    inner join last_revenue on complete_months.month <= last_revenue.last_month
),

revenue as (
    select
        followed_members.cohort_by,
        followed_members.cohort,
        followed_members.month,
        count(*) as revenue_accounts,
        cast(sum({{ as_decimal('followed_members.mrr_before', 38, 9) }}) as {{ type_double() }})
            as mrr_before,
        cast(sum({{ as_decimal('coalesce(monthly_revenue.mrr, 0)', 38, 9) }}) as {{ type_double() }})
            as mrr_after
    from followed_members
    left join monthly_revenue
        on
            followed_members.account_id = monthly_revenue.account_id
            and followed_members.month = monthly_revenue.month
    where
        monthly_revenue.account_id is null
        or monthly_revenue.mrr is not null
    group by followed_members.cohort_by, followed_members.cohort, followed_members.month
),

final as (
    select
        cells.entity_type,
        cells.cohort_by,
        cells.cohort,
        cells.cohort_month,
        cells.months_since,
        cells.members,
        coalesce(activity.active, 0) as active,
        {{ rate('coalesce(activity.active, 0)', 'cells.members') }} as retention_rate,
        revenue.revenue_accounts,
        revenue.mrr_before,
        revenue.mrr_after,
        {{ rate('revenue.mrr_after', 'revenue.mrr_before') }} as revenue_retention_rate
    from cells
    left join activity
        on
            cells.entity_type = activity.entity_type
            and cells.cohort_by = activity.cohort_by
            and cells.cohort = activity.cohort
            and cells.month = activity.month
    left join revenue
        on
            cells.entity_type = 'account'
            and cells.cohort_by = revenue.cohort_by
            and cells.cohort = revenue.cohort
            and cells.month = revenue.month
)

select * from final
