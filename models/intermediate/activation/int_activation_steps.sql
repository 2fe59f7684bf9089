-- One row per entity and milestone: how often its events occurred in time, or on how many days, up
-- to what is required, and the day on which that was reached.

with

milestone_entities as (
    select * from {{ ref('int_milestone_entities') }}
),

progress as (
    select * from {{ ref('int_milestone_progress') }}
),

final as (
    select
        milestone_entities.entity_type,
        milestone_entities.entity_id,
        milestone_entities.signup_on,
        milestone_entities.milestone,
        milestone_entities.position,
        milestone_entities.event_name,
        milestone_entities.min_count,
        milestone_entities.min_days,
        milestone_entities.within_days,
        milestone_entities.any_days,
        milestone_entities.tracked_from,
        coalesce(progress.occurrences, 0) as occurrences,
        progress.reached_on is not null as is_reached,
        progress.reached_on,
        {{ days_from_signup('milestone_entities.signup_on', 'progress.reached_on') }} as days_to_reach
    from milestone_entities
    left join progress
        on
            milestone_entities.entity_type = progress.entity_type
            and milestone_entities.entity_id = progress.entity_id
            and milestone_entities.milestone = progress.milestone
)

select * from final
