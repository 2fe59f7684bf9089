-- One row per subscription's item, month and length of an invoiced period that begins in the month: the
-- amount, and how many months it is for.

{{ config(enabled='stripe' in var('sources') and var('stripe_mrr') == 'invoices') }}

with

-- A period of 31 days is a month, and one of 365 or 366 are twelve.
lines as (
    select
        lines.*,
        greatest(
            1,
            cast(
                round({{ days_between('lines.period_starts_on', 'lines.period_ends_on') }} * 12 / 365.25) as bigint
            )
        ) as months
    from {{ ref('stripe_lines') }} as lines
    where lines.period_ends_on > lines.period_starts_on
),

subscriptions as (
    select
        subscription_id,
        max(account_id) as account_id
    from {{ ref('stripe_subscription_states') }}
    group by subscription_id
),

of_accounts as (
    select
        coalesce(subscriptions.account_id, customers.account_id) as account_id,
        lines.subscription_id || ' / ' || coalesce(lines.item_id, '') as subscription_id,
        {{ period_start('month', 'lines.period_starts_on') }} as month,
        upper(lines.currency) as currency,
        lines.months,
        lines.amount
    from lines
    left join subscriptions on lines.subscription_id = subscriptions.subscription_id
    left join {{ ref('stripe_customers') }} as customers on lines.customer_id = customers.vendor_id
),

final as (
    select
        account_id,
        subscription_id,
        month,
        currency,
        months,
        cast(sum({{ as_decimal('amount', 38, 9) }}) as {{ type_double() }}) / {{ units_of_currency('currency') }}
            as mrr
    from of_accounts
    where account_id is not null
    group by account_id, subscription_id, month, currency, months
)

select * from final
