-- One row per entity and milestone whose event has occurred in time: how often, and on which day that was
-- enough. In any order; within within_days whole days of the signup, where the milestone says so. Days are
-- only looked at where the totals do not tell.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['entity_type', 'entity_id', 'milestone'],
    meta={'replaced': 'int_stale_milestones'},
) }}

with

milestone_entities as (
    select milestone_entities.*
    from {{ ref('int_milestone_entities') }} as milestone_entities
    inner join {{ ref('int_stale_milestones') }} as stale_milestones
        on
            milestone_entities.entity_type = stale_milestones.entity_type
            and milestone_entities.entity_id = stale_milestones.entity_id
            and milestone_entities.milestone = stale_milestones.milestone
),

totals as (
    select * from {{ ref('int_event_totals') }}
),

entity_totals as (
    select
        'user' as entity_type,
        user_id as entity_id,
        event_name,
        cast(sum(events) as bigint) as events,
        min(first_on) as first_on
    from totals
    group by user_id, event_name
    union all
    select
        'account' as entity_type,
        account_id as entity_id,
        event_name,
        cast(sum(events) as bigint) as events,
        min(first_on) as first_on
    from totals
    where account_id is not null
    group by account_id, event_name
),

started_milestones as (
    select
        milestone_entities.*,
        entity_totals.events,
        entity_totals.first_on,
        milestone_entities.counts_until is null
        and (milestone_entities.min_count = 1 or entity_totals.events < milestone_entities.min_count)
            as is_told_by_totals
    from milestone_entities
    inner join entity_totals
        on
            milestone_entities.entity_type = entity_totals.entity_type
            and milestone_entities.entity_id = entity_totals.entity_id
            and milestone_entities.event_name = entity_totals.event_name
),

counted_milestones as (
    select * from started_milestones
    where not is_told_by_totals
),

counted_events as (
    select distinct event_name from counted_milestones
),

accepted_events as (
    select accepted_events.*
    from {{ ref('int_accepted_events') }} as accepted_events
    inner join counted_events on accepted_events.event_name = counted_events.event_name
),

daily_events as (
    select
        counted_milestones.entity_type,
        counted_milestones.entity_id,
        counted_milestones.milestone,
        counted_milestones.min_count,
        counted_milestones.counts_until,
        accepted_events.event_date,
        sum(accepted_events.events) as events
    from accepted_events
    inner join counted_milestones
        on
            counted_milestones.entity_type = 'user'
            and accepted_events.user_id = counted_milestones.entity_id
            and accepted_events.event_name = counted_milestones.event_name
    where
        counted_milestones.counts_until is null
        or accepted_events.event_date <= counted_milestones.counts_until
    group by
        counted_milestones.entity_type,
        counted_milestones.entity_id,
        counted_milestones.milestone,
        counted_milestones.min_count,
        counted_milestones.counts_until,
        accepted_events.event_date
    union all
    select
        counted_milestones.entity_type,
        counted_milestones.entity_id,
        counted_milestones.milestone,
        counted_milestones.min_count,
        counted_milestones.counts_until,
        accepted_events.event_date,
        sum(accepted_events.events) as events
    from accepted_events
    inner join counted_milestones
        on
            counted_milestones.entity_type = 'account'
            and accepted_events.account_id = counted_milestones.entity_id
            and accepted_events.event_name = counted_milestones.event_name
    where
        counted_milestones.counts_until is null
        or accepted_events.event_date <= counted_milestones.counts_until
    group by
        counted_milestones.entity_type,
        counted_milestones.entity_id,
        counted_milestones.milestone,
        counted_milestones.min_count,
        counted_milestones.counts_until,
        accepted_events.event_date
),

running_counts as (
    select
        *,
        sum(events) over (
            partition by entity_type, entity_id, milestone
            order by event_date
            rows between unbounded preceding and current row
        ) as occurrences_by_then
    from daily_events
),

final as (
    select
        entity_type,
        entity_id,
        milestone,
        counts_until,
        cast(least(max(occurrences_by_then), min_count) as bigint) as occurrences,
        min(case when occurrences_by_then >= min_count then event_date end) as reached_on
    from running_counts
    group by entity_type, entity_id, milestone, counts_until, min_count
    union all
    select
        entity_type,
        entity_id,
        milestone,
        counts_until,
        cast(least(events, min_count) as bigint) as occurrences,
        case when events >= min_count then first_on end as reached_on
    from started_milestones
    where is_told_by_totals
)

select * from final
