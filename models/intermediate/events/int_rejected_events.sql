-- One row per distinct source row that is rejected, and the reason. Includes days after as_of.
-- partition_date is the day of the row if that is credible (has_event_date), else the day on which
-- it was loaded, else 0001-01-01.

with

rejected_rows as (
    select * from {{ ref('int_rejected_source_rows') }}
),

final as (
    select
        event_date is not null as has_event_date,
        coalesce(event_date, cast(loaded_at as date), cast('0001-01-01' as date)) as partition_date,
        event_id,
        event_name,
        user_id,
        account_id,
        received_occurred_at as occurred_at,
        loaded_at,
        properties,
        received_quantity as quantity,
        event_date,
        reason,
        count(*) as copies
    from rejected_rows
    group by
        event_id,
        event_name,
        user_id,
        account_id,
        received_occurred_at,
        loaded_at,
        properties,
        received_quantity,
        event_date,
        reason
)

select * from final
