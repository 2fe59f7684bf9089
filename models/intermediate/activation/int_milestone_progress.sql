-- One row per entity and milestone whose event has occurred in time: how often, and on which day that was enough.
-- In any order; within within_days whole days of the signup, where the milestone says so.
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

accepted_events as (
    select * from {{ ref('int_accepted_events') }}
    where event_name in (select milestone_entities.event_name from milestone_entities)
),

daily_events as (
    select
        milestone_entities.entity_type,
        milestone_entities.entity_id,
        milestone_entities.milestone,
        milestone_entities.min_count,
        milestone_entities.counts_until,
        accepted_events.event_date,
        sum(accepted_events.events) as events
    from accepted_events
    inner join milestone_entities
        on
            milestone_entities.entity_type = 'user'
            and accepted_events.user_id = milestone_entities.entity_id
            and accepted_events.event_name = milestone_entities.event_name
    where
        milestone_entities.counts_until is null
        or accepted_events.event_date <= milestone_entities.counts_until
    group by
        milestone_entities.entity_type,
        milestone_entities.entity_id,
        milestone_entities.milestone,
        milestone_entities.min_count,
        milestone_entities.counts_until,
        accepted_events.event_date
    union all
    select
        milestone_entities.entity_type,
        milestone_entities.entity_id,
        milestone_entities.milestone,
        milestone_entities.min_count,
        milestone_entities.counts_until,
        accepted_events.event_date,
        sum(accepted_events.events) as events
    from accepted_events
    inner join milestone_entities
        on
            milestone_entities.entity_type = 'account'
            and accepted_events.account_id = milestone_entities.entity_id
            and accepted_events.event_name = milestone_entities.event_name
    where
        milestone_entities.counts_until is null
        or accepted_events.event_date <= milestone_entities.counts_until
    group by
        milestone_entities.entity_type,
        milestone_entities.entity_id,
        milestone_entities.milestone,
        milestone_entities.min_count,
        milestone_entities.counts_until,
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
)

select * from final
