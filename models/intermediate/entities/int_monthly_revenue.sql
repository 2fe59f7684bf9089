-- One row per account and month with revenue by the last complete day: the monthly recurring revenue
-- by the last row of each subscription in the month, and by its first. An amount for several months
-- counts in equal parts in each, until the subscription has a newer row. Refunds are no revenue. If a
-- day has several rows of a subscription, the largest counts. All in one currency (exchange_rates). A
-- month has ended as agreed if every subscription that pays in it has.

with

rates as (
    select
        upper(currency) as currency,
        cast(rate as {{ type_double() }}) as rate
    from {{ seed('exchange_rates') }}
),

subscriptions as (
    select
        subscriptions.account_id,
        subscriptions.subscription_id,
        subscriptions.month,
        subscriptions.mrr * coalesce(rates.rate, 1) as mrr,
        case when subscriptions.months > 1 then subscriptions.months else 1 end as months_covered,
        case when subscriptions.ended_as_agreed then 1 else 0 end as ended_as_agreed
    from {{ ref('stg_subscriptions') }} as subscriptions
    left join rates on upper(subscriptions.currency) = rates.currency
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

dated as (
    select
        subscriptions.account_id,
        coalesce(subscriptions.subscription_id, '') as subscription_id,
        subscriptions.month as dated_on,
        {{ period_start('month', 'subscriptions.month') }} as month,
        subscriptions.months_covered,
        subscriptions.ended_as_agreed,
        case when abs(subscriptions.mrr) < 1e15 then subscriptions.mrr / subscriptions.months_covered end
            as mrr
    from subscriptions
    inner join bounds on subscriptions.month <= bounds.as_of
    where
        subscriptions.mrr is null
        or subscriptions.mrr >= 0
),

ranked as (
    select
        *,
        row_number() over (
            partition by account_id, subscription_id, month order by dated_on desc, mrr desc nulls last
        ) as from_last,
        row_number() over (
            partition by account_id, subscription_id, month order by dated_on asc, mrr desc nulls last
        ) as from_first
    from dated
),

monthly as (
    select
        account_id,
        subscription_id,
        month,
        max(case when from_last = 1 then months_covered end) as months_covered,
        max(case when from_last = 1 then ended_as_agreed end) as ended_as_agreed,
        max(case when from_last = 1 then mrr end) as mrr,
        max(case when from_first = 1 then mrr end) as first_mrr
    from ranked
    group by account_id, subscription_id, month
),

followed as (
    select
        *,
        lead(month) over (partition by account_id, subscription_id order by month) as next_month
    from monthly
),

days as (
    {{ generate_days(
        "(select min(dated.month) as first_day, max(bounds.as_of) as last_day from dated cross join bounds)",
        'first_day', 'last_day'
    ) }}
),

months as (
    select date_day as month
    from days
    where date_day = {{ period_start('month', 'date_day') }}
),

covered as (
    select
        followed.account_id,
        months.month,
        followed.ended_as_agreed,
        {{ as_decimal('followed.mrr', 38, 9) }} as mrr,
        {{ as_decimal('case when followed.month = months.month then first_mrr else mrr end', 38, 9) }}
            as first_mrr
    from followed
    inner join months
        on
            followed.month <= months.month
            and (followed.next_month is null or followed.next_month > months.month)
            and 12 * (extract(year from months.month) - extract(year from followed.month))
            + extract(month from months.month) - extract(month from followed.month) < followed.months_covered
),

final as (
    select
        account_id,
        month,
        case when count(mrr) = count(*) then cast(sum(mrr) as {{ type_double() }}) end as mrr,
        case when count(first_mrr) = count(*) then cast(sum(first_mrr) as {{ type_double() }}) end
            as first_mrr,
        coalesce(min(case when mrr > 0 then ended_as_agreed end) = 1, false) as ended_as_agreed
    from covered
    group by account_id, month
)

select * from final
