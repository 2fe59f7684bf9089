-- One row per account of a customer: whether it pays today, when its trial ends, when its yearly
-- contract renews, and for how many seats.

{{ config(enabled='stripe' in var('sources')) }}

{% set items = source_table('stripe', 'subscription_item') -%}
{% set seat_prices = var_texts('stripe_seat_prices') -%}

with

bounds as (
    select * from {{ ref('stripe_bounds') }}
),

-- The last state by the last day that is known.
today as (
    select
        states.*,
        states.valid_until > bounds.last_day as has_not_ended,
        row_number() over (partition by states.subscription_id order by states.valid_from desc) as recency
    from {{ ref('stripe_subscription_states') }} as states
    inner join bounds on states.valid_from <= bounds.last_day
),

subscriptions as (
    select
        *,
        has_not_ended and status in ({{ var_texts('stripe_paying_statuses') }}) as is_paying,
        has_not_ended and status = 'trialing' as is_on_trial,
        not has_not_ended or status in ('canceled', 'unpaid') as has_left
    from today
    where recency = 1
),

items as (
    select
        {{ input_column(items, 'subscription_id') }} as subscription_id,
        {{ input_column(items, 'plan_id') }} as price_id,
        {{ input_column(items, 'quantity') }} as quantity,
        {{ local_date(input_column(items, 'current_period_end')) }} as current_period_end_on
    from {{ items['from'] }}
    where not coalesce({{ input_column(items, '_fivetran_deleted') }}, false)
),

contracts as (
    select
        subscriptions.account_id,
        min(
            case
                when subscriptions.is_paying and subscriptions.is_renewed and prices.is_yearly
                    then coalesce(items.current_period_end_on, subscriptions.current_period_end_on)
            end
        ) as renews_on,
        sum(
            case
                when prices.price_id in ({{ seat_prices }}) or prices.product_id in ({{ seat_prices }})
                    then items.quantity
            end
        ) as seats
    from subscriptions
    inner join items on subscriptions.subscription_id = items.subscription_id
    inner join {{ ref('stripe_prices') }} as prices on items.price_id = prices.price_id
    where
        subscriptions.is_paying
        or subscriptions.is_on_trial
    group by subscriptions.account_id
),

statuses as (
    select
        account_id,
        case
            when max(case when is_paying then 1 else 0 end) = 1 then 'paying'
            when max(case when is_on_trial then 1 else 0 end) = 1 then 'trial'
            when max(case when has_left then 1 else 0 end) = 1 then 'churned'
            else 'free'
        end as status,
        min(case when is_on_trial then trial_ends_on end) as trial_ends_on
    from subscriptions
    group by account_id
),

known as (
    select account_id from {{ ref('stripe_customers') }}
    union all
    select account_id from subscriptions
),

accounts as (
    select distinct account_id from known
    where account_id is not null
),

final as (
    select
        accounts.account_id,
        coalesce(statuses.status, 'free') as status,
        statuses.trial_ends_on,
        contracts.renews_on,
        cast(contracts.seats as bigint) as seats
    from accounts
    left join statuses on accounts.account_id = statuses.account_id
    left join contracts on accounts.account_id = contracts.account_id
)

select * from final
