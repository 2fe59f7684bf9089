-- One row per source row read that needs a closer look: it is unusable (rejection_reason), or its
-- event_id may occur more than once. A hash of the id is compared first, so that only these rows
-- are stored.

with

events as (
    select * from {{ ref('int_source_rows_read') }}
),

repeated_hashes as (
    select {{ hash64('event_id') }} as id_hash
    from {{ ref('int_source_rows_read') }}
    group by {{ hash64('event_id') }}
    having count(*) > 1
),

final as (
    select
        events.event_id,
        events.event_name,
        events.user_id,
        events.account_id,
        events.actor,
        events.properties,
        events.received_quantity,
        events.events,
        events.occurred_at,
        events.occurred_on,
        events.received_occurred_at,
        events.loaded_at,
        events.event_date,
        events.rejection_reason
    from events
    left join repeated_hashes on {{ hash64('events.event_id') }} = repeated_hashes.id_hash
    where
        repeated_hashes.id_hash is not null
        or events.rejection_reason is not null
)

select * from final
