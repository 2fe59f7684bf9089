-- One row per usable source row, among those read, whose event_id another one has. The same id on one day is a
-- duplicate; on several days it is only counted (run_history). Ids are compared by a hash first, so that no
-- more than these rows are ever held.

with

events as (
    select
        *,
        {{ hash64('event_id') }} as id_hash
    from {{ ref('int_read_events') }}
    where rejection_reason is null
),

repeated_hashes as (
    select id_hash
    from events
    group by id_hash
    having count(*) > 1
),

candidates as (
    select events.*
    from events
    inner join repeated_hashes on events.id_hash = repeated_hashes.id_hash
),

repeated_ids as (
    select event_id
    from candidates
    group by event_id
    having count(*) > 1
),

final as (
    select
        candidates.event_id,
        candidates.event_name,
        candidates.user_id,
        candidates.account_id,
        candidates.properties,
        candidates.occurred_at,
        candidates.received_occurred_at,
        candidates.loaded_at,
        candidates.event_date
    from candidates
    inner join repeated_ids on candidates.event_id = repeated_ids.event_id
)

select * from final
