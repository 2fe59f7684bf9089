-- One row per day, entity, user and event: what each user did, and what was done in each account by
-- each of its users. From here on users and accounts take one road.

with

accepted_events as (
    select * from {{ ref('int_accepted_events') }}
),

user_events as (
    select
        event_date,
        'user' as entity_type,
        user_id as entity_id,
        user_id,
        event_name,
        cast(sum(events) as bigint) as events
    from accepted_events
    group by event_date, user_id, event_name
),

account_events as (
    select
        event_date,
        'account' as entity_type,
        account_id as entity_id,
        user_id,
        event_name,
        events
    from accepted_events
    where account_id is not null
),

final as (
    select * from user_events
    union all
    select * from account_events
)

select * from final
