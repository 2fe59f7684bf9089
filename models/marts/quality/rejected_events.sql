-- One row per distinct source row that is rejected, and the reason.
{{ config(materialized=public_view()) }}

with

rejections as (
    select * from {{ ref('int_rejected_events') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

counted as (
    select rejections.*
    from rejections
    cross join bounds
    where
        rejections.event_date is null
        or rejections.event_date <= bounds.last_counted_day
),

final as (
    select
        {{ row_hash([
            'event_id', 'event_name', 'user_id', 'account_id', 'occurred_at', time_text('loaded_at'), 'properties',
            'quantity', 'reason',
        ]) }} as row_id,
        event_id,
        event_name,
        user_id,
        account_id,
        occurred_at,
        loaded_at,
        {{ personal('properties') }} as properties,
        quantity,
        event_date,
        reason,
        copies
    from counted
)

select * from final
