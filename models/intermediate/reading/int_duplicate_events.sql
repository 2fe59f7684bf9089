-- One row per copy of an event beyond the first on its calendar day, among the rows read: these do not count.
-- The first is the one loaded first; then the earliest; then the smallest hash of its content.

with

repeated_events as (
    select * from {{ ref('int_repeated_events') }}
),

hashed as (
    select
        *,
        {{ dbt.hash(
            "coalesce(event_name, '') || '|' || coalesce(user_id, '') || '|' "
            ~ "|| coalesce(account_id, '') || '|' || coalesce(properties, '')"
        ) }} as content_hash
    from repeated_events
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
