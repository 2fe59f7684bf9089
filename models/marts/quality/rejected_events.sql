-- One row per distinct source row that cannot be used, and the reason: nothing is lost, and
-- everything is named.

with

events as (
    select * from {{ ref('stg_events') }}
    where rejection_reason is not null
),

duplicates as (
    select * from {{ ref('int_duplicate_events') }}
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
),

rejections as (
    select
        event_id,
        event_name,
        user_id,
        account_id,
        received_occurred_at,
        loaded_at,
        properties,
        event_date,
        rejection_reason as reason
    from events
    union all
    select
        event_id,
        event_name,
        user_id,
        account_id,
        received_occurred_at,
        loaded_at,
        properties,
        event_date,
        'duplicate' as reason
    from duplicates
),

counted as (
    select
        rejections.event_id,
        rejections.event_name,
        rejections.user_id,
        rejections.account_id,
        rejections.received_occurred_at as occurred_at,
        rejections.loaded_at,
        rejections.properties,
        rejections.event_date,
        rejections.reason,
        count(*) as copies
    from rejections
    cross join bounds
    where
        rejections.event_date is null
        or rejections.event_date <= bounds.last_counted_day
    group by
        rejections.event_id,
        rejections.event_name,
        rejections.user_id,
        rejections.account_id,
        rejections.received_occurred_at,
        rejections.loaded_at,
        rejections.properties,
        rejections.event_date,
        rejections.reason
),

final as (
    select
        {{ row_hash([
            'event_id', 'event_name', 'user_id', 'account_id', 'occurred_at', 'loaded_at', 'properties', 'reason'
        ]) }} as row_id,
        event_id,
        event_name,
        user_id,
        account_id,
        occurred_at,
        loaded_at,
        properties,
        event_date,
        reason,
        copies
    from counted
)

select * from final
