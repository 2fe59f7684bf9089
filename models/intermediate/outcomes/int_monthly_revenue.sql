-- One row per account and month with a subscription by the last complete day: the monthly recurring revenue.
-- Of several rows in a month the last counts, of several on one day the largest.

with

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
),

ranked as (
    select
        subscriptions.account_id,
        {{ period_start('month', 'subscriptions.month') }} as month,
        subscriptions.mrr,
        row_number() over (
            partition by subscriptions.account_id, {{ period_start('month', 'subscriptions.month') }}
            order by subscriptions.month desc, subscriptions.mrr desc nulls last
        ) as recency
    from subscriptions
    inner join bounds on subscriptions.month <= bounds.as_of
),

final as (
    select
        account_id,
        month,
        mrr
    from ranked
    where recency = 1
)

select * from final
