-- One row per account and month with a subscription by the last complete day: the monthly recurring
-- revenue by the last row of the month, and by its first. If a day has several rows, the largest
-- counts.

with

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

dated as (
    select
        subscriptions.account_id,
        subscriptions.month as dated_on,
        {{ period_start('month', 'subscriptions.month') }} as month,
        case when abs(subscriptions.mrr) < 1e15 then subscriptions.mrr end as mrr
    from subscriptions
    inner join bounds on subscriptions.month <= bounds.as_of
),

ranked as (
    select
        account_id,
        month,
        mrr,
        row_number() over (
            partition by account_id, month order by dated_on desc, mrr desc nulls last
        ) as from_last,
        row_number() over (
            partition by account_id, month order by dated_on asc, mrr desc nulls last
        ) as from_first
    from dated
),

final as (
    select
        account_id,
        month,
        max(case when from_last = 1 then mrr end) as mrr,
        max(case when from_first = 1 then mrr end) as first_mrr
    from ranked
    group by account_id, month
)

select * from final
