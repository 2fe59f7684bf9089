-- One row per source row read that is rejected, and the reason. Usable rows with the same event_id
-- on the same calendar day are copies: the first by load time, then by event time, then by a hash
-- of the content is kept, and the others are duplicates.

with

suspect_events as (
    select * from {{ ref('int_suspect_events') }}
),

hashed as (
    select
        *,
        {{ text_hash(
            "coalesce(event_name, '') || '|' || coalesce(user_id, '') || '|' "
            ~ "|| coalesce(account_id, '') || '|' || coalesce(properties, '')"
        ) }} as content_hash
    from suspect_events
    where rejection_reason is null
),

numbered as (
    select
        *,
        row_number() over (
            partition by event_id, event_date
            order by
                case when loaded_at is null then 1 else 0 end,
                loaded_at,
                occurred_at,
                content_hash,
                {{ in_byte_order('received_occurred_at') }}
        ) as copy_number
    from hashed
),

final as (
    select
        event_id,
        event_name,
        user_id,
        account_id,
        properties,
        occurred_on,
        received_occurred_at,
        loaded_at,
        event_date,
        rejection_reason as reason
    from suspect_events
    where rejection_reason is not null
    union all
    select
        event_id,
        event_name,
        user_id,
        account_id,
        properties,
        occurred_on,
        received_occurred_at,
        loaded_at,
        event_date,
        'duplicate' as reason
    from numbered
    where copy_number > 1
)

select * from final
