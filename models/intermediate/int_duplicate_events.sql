-- One row per copy of an event beyond the first on its calendar day: these rows do not count.
-- The first is the one loaded first; then the earliest; then the smallest hash of its content.

with

events as (
    select * from {{ ref('stg_events') }}
    where rejection_reason is null
),

repeated_ids as (
    select * from {{ ref('int_repeated_event_ids') }}
),

hashed as (
    select
        events.*,
        {{ dbt.hash(
            "coalesce(events.event_name, '') || '|' || coalesce(events.user_id, '') || '|' "
            ~ "|| coalesce(events.account_id, '') || '|' || coalesce(events.properties, '')"
        ) }} as content_hash
    from events
    inner join repeated_ids on events.event_id = repeated_ids.event_id
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
                received_occurred_at
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
        received_occurred_at,
        loaded_at,
        event_date
    from numbered
    where copy_number > 1
)

select * from final
