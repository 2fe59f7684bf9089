-- One row per subscription and time in which its status stayed the same: [valid_from, valid_until).
-- What was before the first record follows from its trial and its start, and a subscription without
-- records has the status of today since its current period began.

{{ config(enabled='stripe' in var('sources')) }}

{% set subscriptions = source_table('stripe', 'subscription') -%}
{% set items = source_table('stripe', 'subscription_item') -%}

with

received as (
    select
        {{ input_column(subscriptions, 'id') }} as subscription_id,
        {{ input_column(subscriptions, 'customer_id') }} as customer_id,
        {{ json_text(input_column(subscriptions, 'metadata'), [var('stripe_account_key')]) }} as account_id,
        {{ input_column(subscriptions, 'status') }} as status,
        coalesce(
            {{ input_column(subscriptions, 'start_date') }},
            {{ input_column(subscriptions, 'created') }},
            {{ input_column(subscriptions, 'current_period_start') }},
            {{ input_column(subscriptions, '_fivetran_start') }}
        ) as started_at,
        {{ input_column(subscriptions, 'trial_end') }} as trial_end,
        {{ input_column(subscriptions, 'current_period_start') }} as current_period_start,
        {{ input_column(subscriptions, 'current_period_end') }} as current_period_end,
        {{ input_column(subscriptions, 'cancel_at') }} as cancel_at,
        coalesce({{ input_column(subscriptions, 'cancel_at_period_end') }}, false) as cancel_at_period_end,
        {{ input_column(subscriptions, '_fivetran_start') }} as recorded_at,
        case
            when {{ input_column(subscriptions, 'status') }} = 'canceled'
                then coalesce(
                    {{ input_column(subscriptions, 'ended_at') }},
                    {{ input_column(subscriptions, '_fivetran_start') }},
                    {{ input_column(subscriptions, 'canceled_at') }}
                )
            else {{ input_column(subscriptions, 'ended_at') }}
        end as ended_at
    from {{ subscriptions['from'] }}
    where {{ is_live(subscriptions) }}
),

numbered as (
    select
        *,
        row_number() over (partition by subscription_id order by recorded_at desc nulls last) as from_last,
        row_number() over (partition by subscription_id order by recorded_at asc nulls first) as from_first
    from received
),

-- Newer versions of Stripe have the period in the items.
periods as (
    select
        {{ input_column(items, 'subscription_id') }} as subscription_id,
        max({{ input_column(items, 'current_period_start') }}) as current_period_start
    from {{ items['from'] }}
    group by {{ input_column(items, 'subscription_id') }}
),

-- What is known of a subscription by its last record.
latest as (
    select
        numbered.subscription_id,
        coalesce({{ text_or_null('numbered.account_id') }}, customers.account_id) as account_id,
        {{ local_date('numbered.started_at') }} as started_on,
        coalesce({{ local_date('numbered.ended_at') }}, cast('9999-12-31' as date)) as ended_on,
        {{ local_date('numbered.current_period_end') }} as current_period_end_on,
        not numbered.cancel_at_period_end
        and coalesce(numbered.cancel_at > numbered.current_period_end, numbered.cancel_at is null)
            as is_renewed
    from numbered
    left join {{ ref('stripe_customers') }} as customers on numbered.customer_id = customers.vendor_id
    where numbered.from_last = 1
),

recorded as (
    select
        numbered.subscription_id,
        numbered.status,
        numbered.from_first,
        {{ local_date('numbered.trial_end') }} as trial_ends_on,
        numbered.recorded_at,
        coalesce(
            {{ local_date('numbered.recorded_at') }},
            case when numbered.status = 'canceled' then latest.ended_on end,
            {{ local_date('coalesce(periods.current_period_start, numbered.current_period_start)') }},
            latest.started_on
        ) as valid_from
    from numbered
    inner join latest on numbered.subscription_id = latest.subscription_id
    left join periods on numbered.subscription_id = periods.subscription_id
),

-- Before the first record: on trial until the trial ended, then active.
assumed as (
    select
        recorded.subscription_id,
        recorded.trial_ends_on,
        recorded.valid_from as recorded_from,
        latest.started_on,
        recorded.status
    from recorded
    inner join latest on recorded.subscription_id = latest.subscription_id
    where
        recorded.from_first = 1
        and latest.started_on < recorded.valid_from
        and recorded.status not in ('incomplete', 'incomplete_expired')
),

states as (
    select
        subscription_id,
        status,
        trial_ends_on,
        valid_from,
        recorded_at
    from recorded
    union all
    select
        subscription_id,
        case when trial_ends_on > started_on then 'trialing' else 'active' end as status,
        trial_ends_on,
        started_on as valid_from,
        cast(null as {{ type_timestamp() }}) as recorded_at
    from assumed
    union all
    select
        subscription_id,
        'active' as status,
        trial_ends_on,
        trial_ends_on as valid_from,
        cast(null as {{ type_timestamp() }}) as recorded_at
    from assumed
    where
        trial_ends_on > started_on
        and trial_ends_on < recorded_from
),

followed as (
    select
        *,
        coalesce(
            lead(valid_from) over (
                partition by subscription_id order by valid_from asc, recorded_at asc nulls first
            ),
            cast('9999-12-31' as date)
        ) as replaced_on
    from states
),

final as (
    select
        latest.account_id,
        followed.subscription_id,
        followed.status,
        followed.trial_ends_on,
        latest.started_on,
        latest.ended_on,
        latest.current_period_end_on,
        latest.is_renewed,
        followed.valid_from,
        least(followed.replaced_on, latest.ended_on) as valid_until
    from followed
    inner join latest on followed.subscription_id = latest.subscription_id
    where
        followed.valid_from < followed.replaced_on
        and followed.valid_from < latest.ended_on
)

select * from final
