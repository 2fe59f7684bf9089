-- One row per subscription and month at whose end it pays: units times quantity, as last invoiced by
-- then, else as today; a metered or tiered price as last invoiced. Discounts are subtracted.

{{ config(enabled='stripe' in var('sources') and var('stripe_mrr') == 'prices') }}

{% set items = source_table('stripe', 'subscription_item') -%}
{% set discounts = source_table('stripe', 'subscription_discount') -%}
{% set coupons = source_table('stripe', 'coupon') -%}

with

days as (
    {{ generate_days(ref('stripe_bounds'), 'first_day', 'last_day') }}
),

months as (
    select
        {{ period_start('month', 'date_day') }} as month,
        max(date_day) as last_day
    from days
    group by {{ period_start('month', 'date_day') }}
),

paying as (
    select
        months.month,
        months.last_day,
        states.account_id,
        states.subscription_id
    from months
    inner join {{ ref('stripe_subscription_states') }} as states
        on
            months.last_day >= states.valid_from
            and months.last_day < states.valid_until
    where
        states.account_id is not null
        and states.status in ({{ var_texts('stripe_paying_statuses') }})
),

lines as (
    select
        lines.*,
        prices.is_by_invoice,
        prices.unit_amount as price_unit_amount
    from {{ ref('stripe_lines') }} as lines
    left join {{ ref('stripe_prices') }} as prices on lines.price_id = prices.price_id
),

listed_items as (
    select
        {{ input_column(items, 'id') }} as item_id,
        {{ input_column(items, 'subscription_id') }} as subscription_id,
        {{ input_column(items, 'plan_id') }} as price_id,
        {{ input_column(items, 'quantity') }} as quantity,
        {{ local_date(input_column(items, 'created')) }} as created_on
    from {{ items['from'] }}
    where not coalesce({{ input_column(items, '_fivetran_deleted') }}, false)
),

invoiced_items as (
    select
        item_id,
        subscription_id,
        min(invoiced_on) as first_invoiced_on,
        max(period_ends_on) as last_period_ends_on
    from lines
    where item_id is not null
    group by item_id, subscription_id
),

-- An item that has been taken out is known by its lines alone, and ends with the last of their periods.
items as (
    select
        coalesce(listed.item_id, invoiced.item_id) as item_id,
        coalesce(listed.subscription_id, invoiced.subscription_id) as subscription_id,
        listed.price_id,
        listed.quantity,
        case
            when invoiced.first_invoiced_on < listed.created_on then invoiced.first_invoiced_on
            else coalesce(listed.created_on, invoiced.first_invoiced_on, cast('0001-01-01' as date))
        end as starts_on,
        case when listed.item_id is null then invoiced.last_period_ends_on else cast('9999-12-31' as date) end
            as ends_on
    from listed_items as listed
    full outer join invoiced_items as invoiced on listed.item_id = invoiced.item_id
),

-- The first invoice of a trial has lines of no amount, which say nothing of what a unit will cost.
invoiced_amounts as (
    select
        item_id,
        invoice_id,
        invoiced_on,
        invoiced_at,
        max(price_id) as price_id,
        max(currency) as currency,
        sum(
            case
                when is_by_invoice then amount
                else coalesce(unit_amount, price_unit_amount) * quantity
            end
        ) as amount
    from lines
    where
        is_by_invoice
        or amount <> 0
    group by item_id, invoice_id, invoiced_on, invoiced_at
),

item_months as (
    select
        paying.month,
        paying.account_id,
        paying.subscription_id,
        paying.last_day,
        items.item_id,
        items.quantity,
        items.price_id as listed_price_id,
        invoiced.price_id as invoiced_price_id,
        invoiced.currency,
        invoiced.amount,
        row_number() over (
            partition by paying.month, paying.subscription_id, items.item_id
            order by invoiced.invoiced_at desc nulls last, invoiced.invoice_id desc
        ) as recency
    from paying
    inner join items
        on
            paying.subscription_id = items.subscription_id
            and paying.last_day >= items.starts_on
            and paying.last_day < items.ends_on
    left join invoiced_amounts as invoiced
        on
            items.item_id = invoiced.item_id
            and paying.last_day >= invoiced.invoiced_on
),

priced as (
    select
        item_months.month,
        item_months.account_id,
        item_months.subscription_id,
        item_months.last_day,
        lower(coalesce(item_months.currency, prices.currency)) as currency,
        prices.months_factor,
        coalesce(
            item_months.amount,
            case when prices.is_by_invoice then 0 else prices.unit_amount * item_months.quantity end
        ) as amount
    from item_months
    left join {{ ref('stripe_prices') }} as prices
        on coalesce(item_months.invoiced_price_id, item_months.listed_price_id) = prices.price_id
    where item_months.recency = 1
),

monthly as (
    select
        month,
        account_id,
        subscription_id,
        currency,
        last_day,
        min(months_factor) as months_factor,
        case
            when count(amount * months_factor) = count(*)
                then cast(sum({{ as_decimal('amount * months_factor', 38, 9) }}) as {{ type_double() }})
        end as amount
    from priced
    group by month, account_id, subscription_id, currency, last_day
),

coupons as (
    select
        {{ input_column(coupons, 'id') }} as coupon_id,
        {{ input_column(coupons, 'percent_off') }} as percent_off,
        {{ input_column(coupons, 'amount_off') }} as amount_off
    from {{ coupons['from'] }}
    where
        {{ is_live(coupons) }}
        and coalesce({{ input_column(coupons, 'duration') }}, '') <> 'once'
),

discounts as (
    select distinct
        {{ input_column(discounts, 'id') }} as discount_id,
        {{ input_column(discounts, 'subscription_id') }} as subscription_id,
        {{ input_column(discounts, 'coupon_id') }} as coupon_id,
        coalesce({{ local_date(input_column(discounts, 'start')) }}, cast('0001-01-01' as date)) as starts_on,
        coalesce({{ local_date(input_column(discounts, 'end')) }}, cast('9999-12-31' as date)) as ends_on
    from {{ discounts['from'] }}
),

monthly_discounts as (
    select
        monthly.month,
        monthly.subscription_id,
        least(sum(coalesce(coupons.percent_off, 0)), 100) as percent_off,
        sum(coalesce(coupons.amount_off, 0)) as amount_off
    from monthly
    inner join discounts
        on
            monthly.subscription_id = discounts.subscription_id
            and monthly.last_day >= discounts.starts_on
            and monthly.last_day < discounts.ends_on
    inner join coupons on discounts.coupon_id = coupons.coupon_id
    group by monthly.month, monthly.subscription_id
),

final as (
    select
        monthly.account_id,
        monthly.subscription_id,
        monthly.month,
        upper(monthly.currency) as currency,
        case
            when monthly.amount is not null
                then greatest(
                    monthly.amount * (1 - coalesce(discounts.percent_off, 0) / 100)
                    - coalesce(discounts.amount_off, 0) * monthly.months_factor,
                    0
                ) / {{ units_of_currency('monthly.currency') }}
        end as mrr
    from monthly
    left join monthly_discounts as discounts
        on
            monthly.month = discounts.month
            and monthly.subscription_id = discounts.subscription_id
)

select * from final
