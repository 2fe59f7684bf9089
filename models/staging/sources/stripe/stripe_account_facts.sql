-- One row per account, fact and day on which it changes: past_due (1 while a subscription's payment is
-- due), and failed_payments, those of the 30 days up to the day.

{{ config(enabled='stripe' in var('sources')) }}

{% set charges, invoices = source_table('stripe', 'charge'), source_table('stripe', 'invoice') -%}

with

bounds as (
    select * from {{ ref('stripe_bounds') }}
),

states as (
    select * from {{ ref('stripe_subscription_states') }}
    where account_id is not null
),

bounds_of_states as (
    select
        account_id,
        valid_from as measured_on
    from states
    union all
    select
        account_id,
        valid_until as measured_on
    from states
),

changes as (
    select distinct
        account_id,
        measured_on
    from bounds_of_states
),

past_due as (
    select
        changes.account_id,
        changes.measured_on,
        max(case when states.status in ('past_due', 'unpaid') then 1 else 0 end) as value
    from changes
    left join states
        on
            changes.account_id = states.account_id
            and changes.measured_on >= states.valid_from
            and changes.measured_on < states.valid_until
    group by changes.account_id, changes.measured_on
),

failures as (
    {% if charges.columns -%}
    select
        {{ input_column(charges, 'customer_id') }} as customer_id,
        {{ local_date(input_column(charges, 'created')) }} as failed_on,
        1 as payments
    from {{ charges['from'] }}
    where
        {{ is_live(charges) }}
        and {{ input_column(charges, 'status') }} = 'failed'
    {%- else -%}
    select
        {{ input_column(invoices, 'customer_id') }} as customer_id,
        {{ local_date(input_column(invoices, 'created')) }} as failed_on,
        {{ input_column(invoices, 'attempt_count') }}
        - case when {{ input_column(invoices, 'paid') }} then 1 else 0 end as payments
    from {{ invoices['from'] }}
    where {{ is_live(invoices) }}
    {%- endif %}
),

account_failures as (
    select
        customers.account_id,
        failures.failed_on,
        failures.payments
    from failures
    inner join {{ ref('stripe_customers') }} as customers on failures.customer_id = customers.vendor_id
    where
        customers.account_id is not null
        and failures.payments > 0
),

counted as (
    select
        account_id,
        failed_on as measured_on,
        payments
    from account_failures
    union all
    select
        account_id,
        {{ add_days('failed_on', 30) }} as measured_on,
        -payments as payments
    from account_failures
),

daily as (
    select
        account_id,
        measured_on,
        sum(payments) as payments
    from counted
    group by account_id, measured_on
),

measured as (
    select
        account_id,
        measured_on,
        'past_due' as name,
        cast(value as {{ type_double() }}) as value
    from past_due
    union all
    select
        account_id,
        measured_on,
        'failed_payments' as name,
        cast(sum(payments) over (
            partition by account_id order by measured_on rows between unbounded preceding and current row
        ) as {{ type_double() }}) as value
    from daily
),

final as (
    select measured.*
    from measured
    inner join bounds on measured.measured_on <= bounds.last_day
)

select * from final
