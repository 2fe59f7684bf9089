-- One row per source row read that is rejected, and the reason. Usable rows with the same event_id
-- on the same calendar day are copies: the first by load time, then by event time, then by a hash
-- of the content is kept, and the others are duplicates. Where their quantities differ, the quantity
-- was corrected, and the last is kept. is_copy: of the same event and user.

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
        ) }} as content_hash,
        min(events) over (partition by event_id, event_date)
        < max(events) over (partition by event_id, event_date) as is_corrected
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
                case when not is_corrected then loaded_at end,
                loaded_at desc,
                events desc,
                occurred_at,
                content_hash,
                {{ in_byte_order("coalesce(actor, 'human')") }},
                {{ in_byte_order('received_occurred_at') }}
        ) as copy_number
    from hashed
),

kept as (
    select
        event_id,
        event_date,
        event_name,
        user_id
    from numbered
    where copy_number = 1
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
        occurred_on,
        received_occurred_at,
        loaded_at,
        event_date,
        rejection_reason as reason,
        1 = 0 as is_copy
    from suspect_events
    where rejection_reason is not null
    union all
    select
        numbered.event_id,
        numbered.event_name,
        numbered.user_id,
        numbered.account_id,
        numbered.actor,
        numbered.properties,
        numbered.received_quantity,
        numbered.events,
        numbered.occurred_on,
        numbered.received_occurred_at,
        numbered.loaded_at,
        numbered.event_date,
        'duplicate' as reason,
        numbered.event_name = kept.event_name
        and coalesce(numbered.user_id, '') = coalesce(kept.user_id, '') as is_copy
    from numbered
    inner join kept
        on
            numbered.event_id = kept.event_id
            and numbered.event_date = kept.event_date
    where numbered.copy_number > 1
)

select * from final
