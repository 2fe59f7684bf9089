-- One row per entity type, event and number of active days in the first two weeks: how many of those
-- who stayed did it in these weeks, and how many of the others. Who was active in the fifth to eighth
-- week has stayed; only entities that began at least eight weeks before the last day are counted, and
-- an account that has churned since has not stayed. Read by engagement init.

with

happened as (
    select
        'user' as entity_type,
        user_id as entity_id,
        event_name,
        event_date
    from {{ ref('int_accepted_events') }}
    where user_id <> ''

    union all

    select
        'account' as entity_type,
        account_id as entity_id,
        event_name,
        event_date
    from {{ ref('int_accepted_events') }}
    where account_id is not null
),

starts as (
    select
        entity_type,
        entity_id,
        min(event_date) as first_day
    from happened
    group by entity_type, entity_id
),

bounds as (
    select
        min(event_date) as first_day,
        max(event_date) as last_day
    from happened
),

-- Who was there when the record begins may have begun long before.
newcomers as (
    select
        starts.entity_type,
        starts.entity_id,
        starts.first_day
    from starts
    cross join bounds
    where
        starts.first_day > {{ add_days('bounds.first_day', 6) }}
        and starts.first_day <= {{ add_days('bounds.last_day', -56) }}
),

stays as (
    select
        newcomers.entity_type,
        newcomers.entity_id,
        newcomers.first_day,
        max(case
            when accounts.status = 'churned' then 0
            when happened.event_date > {{ add_days('newcomers.first_day', 27) }} then 1
            else 0
        end) as has_stayed
    from newcomers
    inner join happened
        on
            newcomers.entity_type = happened.entity_type
            and newcomers.entity_id = happened.entity_id
            and newcomers.first_day >= {{ add_days('happened.event_date', -55) }}
    left join {{ ref('stg_accounts') }} as accounts
        on
            newcomers.entity_type = 'account'
            and newcomers.entity_id = accounts.account_id
    group by
        newcomers.entity_type,
        newcomers.entity_id,
        newcomers.first_day
),

beginnings as (
    select
        stays.entity_type,
        stays.entity_id,
        stays.has_stayed,
        happened.event_name,
        happened.event_date,
        {{ days_between('stays.first_day', 'happened.event_date') }} as days_until
    from stays
    inner join happened
        on
            stays.entity_type = happened.entity_type
            and stays.entity_id = happened.entity_id
            and stays.first_day >= {{ add_days('happened.event_date', -13) }}
),

active_days as (
    select
        entity_type,
        entity_id,
        has_stayed,
        count(distinct event_date) as active_days
    from beginnings
    group by entity_type, entity_id, has_stayed
),

totals as (
    select
        entity_type,
        active_days,
        sum(has_stayed) as all_stayed,
        sum(1 - has_stayed) as all_left
    from active_days
    group by entity_type, active_days
),

firsts as (
    select
        entity_type,
        entity_id,
        event_name,
        min(days_until) as days_until
    from beginnings
    group by entity_type, entity_id, event_name
),

events as (
    select
        entity_type,
        event_name,
        avg(days_until) as days_until
    from firsts
    group by entity_type, event_name
),

counts as (
    select
        firsts.entity_type,
        firsts.event_name,
        active_days.active_days,
        sum(active_days.has_stayed) as stayed,
        sum(1 - active_days.has_stayed) as gone
    from firsts
    inner join active_days
        on
            firsts.entity_type = active_days.entity_type
            and firsts.entity_id = active_days.entity_id
    group by firsts.entity_type, firsts.event_name, active_days.active_days
)

select
    events.entity_type,
    events.event_name,
    totals.active_days,
    coalesce(counts.stayed, 0) as stayed,
    coalesce(counts.gone, 0) as gone,
    totals.all_stayed,
    totals.all_left,
    events.days_until
from events
inner join totals on events.entity_type = totals.entity_type
left join counts
    on
        events.entity_type = counts.entity_type
        and events.event_name = counts.event_name
        and totals.active_days = counts.active_days
order by events.entity_type, events.event_name, totals.active_days
