{#- Stripe's tables, as of source_contract. customer_accounts is a table of the company's own. -#}
{% macro contract_of_stripe() -%}
    {{ return({
        'makes': ['accounts', 'subscriptions', 'account_facts'],
        'needs': ['subscription', 'mrr_report'],
        'tables': {
            'customer': {'columns': {
                'id': 'text', 'created': 'time', 'livemode': 'boolean', 'metadata': 'json', '_fivetran_synced': 'time',
            }},
            'customer_accounts': {'columns': {'customer_id': 'text', 'account_id': 'text'}},
            'subscription': {'called': ['subscription_history', 'subscription'], 'marks': [
                'customer_id current_period_start livemode', 'customer_id cancel_at_period_end livemode',
            ], 'columns': {
                'id': 'text', 'customer_id': 'text', 'status': 'text', 'created': 'time', 'start_date': 'time',
                'trial_start': 'time', 'trial_end': 'time', 'current_period_start': 'time', 'current_period_end': 'time',
                'cancel_at': 'time', 'cancel_at_period_end': 'boolean', 'canceled_at': 'time', 'ended_at': 'time',
                'livemode': 'boolean', 'metadata': 'json', '_fivetran_start': 'time', '_fivetran_synced': 'time',
            }},
            'subscription_item': {'columns': {
                'id': 'text', 'subscription_id': 'text', 'plan_id': 'text', 'quantity': 'number', 'created': 'time',
                'current_period_start': 'time', 'current_period_end': 'time', '_fivetran_deleted': 'boolean',
            }},
            'price': {'called': ['price', 'plan'], 'columns': {
                'id': 'text', 'product_id': 'text', 'currency': 'text', 'unit_amount': 'number',
                'unit_amount_decimal': 'number', 'amount': 'number', 'amount_decimal': 'number',
                'recurring_interval': 'text', 'interval': 'text', 'recurring_interval_count': 'integer',
                'interval_count': 'integer', 'recurring_usage_type': 'text', 'usage_type': 'text',
                'billing_scheme': 'text', 'tiers_mode': 'text', 'livemode': 'boolean',
            }},
            'invoice': {'columns': {
                'id': 'text', 'customer_id': 'text', 'subscription_id': 'text', 'status': 'text', 'paid': 'boolean',
                'created': 'time', 'attempt_count': 'integer', 'livemode': 'boolean', 'is_deleted': 'boolean',
                '_fivetran_synced': 'time',
            }},
            'invoice_line_item': {'columns': {
                'id': 'text', 'invoice_id': 'text', 'subscription_id': 'text', 'subscription_item_id': 'text',
                'plan_id': 'text', 'quantity': 'number', 'amount': 'number', 'unit_amount_excluding_tax': 'number',
                'currency': 'text', 'period_start': 'time', 'period_end': 'time', 'proration': 'boolean',
                'type': 'text', 'livemode': 'boolean',
            }},
            'subscription_discount': {'columns': {
                'id': 'text', 'subscription_id': 'text', 'coupon_id': 'text', 'start': 'time', 'end': 'time',
            }},
            'coupon': {'columns': {
                'id': 'text', 'percent_off': 'number', 'amount_off': 'number', 'duration': 'text', 'livemode': 'boolean',
            }},
            'charge': {'columns': {
                'id': 'text', 'customer_id': 'text', 'status': 'text', 'created': 'time', 'livemode': 'boolean',
            }},
            'mrr_report': {'called': ['stripe__subscription_item_mrr_report'], 'marks': [
                'subscription_month month_contract_mrr',
            ], 'columns': {
                'subscription_item_id': 'text', 'subscription_id': 'text', 'customer_id': 'text',
                'subscription_status': 'text', 'subscription_month': 'month', 'currency': 'text',
                'month_contract_mrr': 'number', 'month_billed_mrr': 'number',
            }},
        },
    }) }}
{%- endmacro %}


{#- How many of the smallest unit of a currency, in which Stripe counts, are one of it. It counts ISK and UGX, which have
    no cents any more, as if they had. -#}
{% macro units_of_currency(currency) -%}
    case
        when lower({{ currency }}) in (
            'bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf'
        ) then 1
        when lower({{ currency }}) in ('bhd', 'jod', 'kwd', 'omr', 'tnd') then 1000
        else 100
    end
{%- endmacro %}


{#- The part of a price's interval that a month is: 1/12 of a year, 52/12 weeks. Null for another interval. -#}
{% macro months_factor(interval, interval_count) -%}
    cast(
        case {{ interval }}
            when 'day' then 365
            when 'week' then 52
            when 'month' then 12
            when 'year' then 1
        end as {{ type_double() }}
    ) / 12 / coalesce(nullif({{ interval_count }}, 0), 1)
{%- endmacro %}


{#- Whether a row of Stripe is none of its test mode's, to which all test clocks belong. -#}
{% macro is_live(table) -%}
    coalesce({{ input_column(table, 'livemode') }}, true)
{%- endmacro %}


{#- The list of a var as literals for an in; a list without any matches nothing. -#}
{% macro var_texts(name) -%}
    {%- set literals = [] -%}
    {%- for value in var(name) -%}{%- do literals.append(text_literal(value)) -%}{%- endfor -%}
    {{ return(literals | join(', ') or 'null') }}
{%- endmacro %}
