-- One row per entity that has ever been active, with its first active day.

with

totals as (
    select * from {{ ref('int_event_totals') }}
),

active_events as (
    select * from {{ seed('event_weights') }}
    where counts_as_active
),

active_totals as (
    select
        totals.user_id,
        totals.account_id,
        totals.first_on
    from totals
    inner join active_events
        on
            totals.version = active_events.version
            and totals.event_name = active_events.event_name
),

final as (
    select
        'user' as entity_type,
        user_id as entity_id,
        min(first_on) as first_active_on
    from active_totals
    where user_id <> ''
    group by user_id
    union all
    select
        'account' as entity_type,
        account_id as entity_id,
        min(first_on) as first_active_on
    from active_totals
    where account_id is not null
    group by account_id
)

select * from final
