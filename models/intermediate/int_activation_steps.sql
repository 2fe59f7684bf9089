-- One row per entity and milestone: how often its event occurred in time, and on which day that was
-- enough. In any order; within within_days whole days of the signup, where the milestone says so.

with

milestones as (
    select * from {{ ref('activation_milestones') }}
),

entities as (
    select
        'user' as entity_type,
        user_id as entity_id,
        signup_on
    from {{ ref('int_users') }}
    union all
    select
        'account' as entity_type,
        account_id as entity_id,
        signup_on
    from {{ ref('int_accounts') }}
),

milestone_events as (
    select accepted_events.*
    from {{ ref('int_accepted_events') }} as accepted_events
    where accepted_events.event_name in (select milestones.event_name from milestones)
),

daily_events as (
    select
        event_date,
        'user' as entity_type,
        user_id as entity_id,
        event_name,
        sum(events) as events
    from milestone_events
    group by event_date, user_id, event_name
    union all
    select
        event_date,
        'account' as entity_type,
        account_id as entity_id,
        event_name,
        sum(events) as events
    from milestone_events
    where account_id is not null
    group by event_date, account_id, event_name
),

steps as (
    select
        entities.entity_type,
        entities.entity_id,
        entities.signup_on,
        milestones.milestone,
        milestones.position,
        milestones.event_name,
        milestones.min_count,
        milestones.within_days
    from entities
    inner join milestones on entities.entity_type = milestones.entity_type
),

running_counts as (
    select
        steps.entity_type,
        steps.entity_id,
        steps.milestone,
        steps.min_count,
        daily_events.event_date,
        sum(daily_events.events) over (
            partition by steps.entity_type, steps.entity_id, steps.milestone
            order by daily_events.event_date
            rows between unbounded preceding and current row
        ) as occurrences
    from steps
    inner join daily_events
        on
            steps.entity_type = daily_events.entity_type
            and steps.entity_id = daily_events.entity_id
            and steps.event_name = daily_events.event_name
    where
        steps.within_days is null
        or {{ days_between('steps.signup_on', 'daily_events.event_date') }} <= steps.within_days
),

progress as (
    select
        entity_type,
        entity_id,
        milestone,
        max(occurrences) as occurrences,
        min(case when occurrences >= min_count then event_date end) as reached_on
    from running_counts
    group by entity_type, entity_id, milestone
),

final as (
    select
        steps.entity_type,
        steps.entity_id,
        steps.signup_on,
        steps.milestone,
        steps.position,
        steps.event_name,
        steps.min_count,
        steps.within_days,
        cast(coalesce(progress.occurrences, 0) as bigint) as occurrences,
        progress.reached_on is not null as is_reached,
        progress.reached_on,
        {{ days_from_signup('steps.signup_on', 'progress.reached_on') }} as days_to_reach
    from steps
    left join progress
        on
            steps.entity_type = progress.entity_type
            and steps.entity_id = progress.entity_id
            and steps.milestone = progress.milestone
)

select * from final
