-- One row per source row in scope (var loaded_before; in a backfill, the days of its steps so far):
-- a product event, cast, under the name that derived_events give it, with the reason why it is
-- rejected, if the row alone shows one. The only model that reads raw events. It is a view, so that
-- events are streamed and never copied.
-- depends_on: {{ ref('config_check') }}

{% set events = input('events') -%}
{% set user_id = input_column(events, 'user_id') -%}
{% set rules = derived_events(events) -%}
{% set reference = reference_time() -%}

with

cast_events as (
    select
        {{ hashed_if_erased(input_column(events, 'event_id'), user_id) }} as event_id,
        {{ ruled(rules, 'name', input_column(events, 'event_name')) }} as event_name,
        {{ person_id(user_id) }} as user_id,
        {{ input_column(events, 'account_id') }} as account_id,
        {{ unless_erased(input_column(events, 'properties'), user_id) }} as properties,
        {{ actor_of_event(events) }} as actor,
        {{ ruled(rules, 'quantity', input_column(events, 'quantity')) }} as quantity,
        {{ ruled(rules, 'received_quantity', input_column_as_text(events, 'quantity')) }}
            as received_quantity,
        {{ input_column(events, 'occurred_at') }} as occurred_at,
        {{ input_column_as_text(events, 'occurred_at') }} as received_occurred_at,
        {{ input_is_present(events, 'occurred_at') }} as has_occurred_at,
        {{ input_column(events, 'loaded_at') }} as loaded_at,
        {{ source_time(events, 'occurred_at') }} as source_occurred_at,
        {{ source_time(events, 'loaded_at') }} as source_loaded_at
    from {{ events['from'] }}
),

scoped as (
    select
        *,
        {{ local_date('occurred_at') }} as occurred_on,
        {{ local_date('occurred_at') }} <= {{ var_date('earliest_event_date') }} as is_too_early,
        occurred_at > {{ add_minutes(
            'least(coalesce(loaded_at, ' ~ reference ~ '), ' ~ reference ~ ')', var('clock_skew_minutes')
        ) }} as is_future
    from cast_events
    where {{ had_come('loaded_at') }}
    {%- if var('loaded_before') %}
        and coalesce(loaded_at, occurred_at, cast('0001-01-01' as {{ type_timestamp() }}))
        < {{ time_literal(var('loaded_before')) }}
    {%- endif %}
),

dated as (
    select
        *,
        case
            when received_quantity is null then 1
            when quantity between 0 and 999999999 and quantity = floor(quantity) then cast(quantity as bigint)
        end as events,
        case when not (is_future or is_too_early) then occurred_on end as event_date
    from scoped
),

final as (
    select
        event_id,
        event_name,
        user_id,
        account_id,
        actor,
        properties,
        received_quantity,
        events,
        occurred_at,
        occurred_on,
        received_occurred_at,
        loaded_at,
        source_occurred_at,
        source_loaded_at,
        event_date,
        case
            when event_id is null then 'missing_event_id'
            when event_name is null then 'missing_event_name'
            when not has_occurred_at then 'missing_occurred_at'
            when user_id is null and account_id is null then 'missing_user_id'
            when events is null then 'bad_quantity'
            when occurred_at is null then 'unparsable_occurred_at'
            when is_too_early then 'before_earliest_date'
            when is_future then 'future'
        end as rejection_reason
    from dated
    {%- if env_var('ENGAGEMENT_READ_UNTIL', '') %}
    where
        event_date is null
        or event_date < cast('{{ env_var('ENGAGEMENT_READ_UNTIL') }}' as date)
    {%- endif %}
)

select * from final
