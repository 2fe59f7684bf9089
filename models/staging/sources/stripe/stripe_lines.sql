-- One row per invoiced line of a subscription's item, in the smallest unit of the currency. Prorations,
-- one-off lines and those of drafts and void invoices are left out.

{{ config(enabled='stripe' in var('sources')) }}

{% set invoices, lines = source_table('stripe', 'invoice'), source_table('stripe', 'invoice_line_item') -%}

with

invoices as (
    select
        {{ input_column(invoices, 'id') }} as invoice_id,
        {{ input_column(invoices, 'customer_id') }} as customer_id,
        {{ input_column(invoices, 'subscription_id') }} as subscription_id,
        {{ input_column(invoices, 'created') }} as invoiced_at,
        {{ input_column(invoices, 'status') }} as status,
        coalesce({{ input_column(invoices, 'is_deleted') }}, false) as is_deleted
    from {{ invoices['from'] }}
    where {{ is_live(invoices) }}
),

lines as (
    select
        {{ input_column(lines, 'id') }} as line_id,
        {{ input_column(lines, 'invoice_id') }} as invoice_id,
        {{ input_column(lines, 'subscription_id') }} as subscription_id,
        {{ input_column(lines, 'subscription_item_id') }} as item_id,
        {{ input_column(lines, 'plan_id') }} as price_id,
        {{ input_column(lines, 'currency') }} as currency,
        {{ input_column(lines, 'quantity') }} as quantity,
        {{ input_column(lines, 'unit_amount_excluding_tax') }} as unit_amount,
        {{ input_column(lines, 'amount') }} as amount,
        {{ input_column(lines, 'period_start') }} as period_start,
        {{ input_column(lines, 'period_end') }} as period_end
    from {{ lines['from'] }}
    where
        {{ is_live(lines) }}
        and not coalesce({{ input_column(lines, 'proration') }}, false)
        and coalesce({{ input_column(lines, 'type') }}, 'subscription') = 'subscription'
),

final as (
    select
        lines.line_id,
        lines.invoice_id,
        coalesce(lines.subscription_id, invoices.subscription_id) as subscription_id,
        lines.item_id,
        lines.price_id,
        invoices.customer_id,
        lines.currency,
        lines.quantity,
        lines.unit_amount,
        lines.amount,
        {{ local_date('lines.period_start') }} as period_starts_on,
        {{ local_date('lines.period_end') }} as period_ends_on,
        invoices.invoiced_at,
        {{ local_date('invoices.invoiced_at') }} as invoiced_on
    from lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
    where
        not invoices.is_deleted
        and coalesce(invoices.status, '') not in ('draft', 'void')
)

select * from final
