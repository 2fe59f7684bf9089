-- One row per entity and milestone of its type: its limits, the last day on which something counts
-- towards it (null: any day), and the first on which an event of any milestone of the type was
-- accepted.

with

milestones as (
    select
        milestone,
        entity_type,
        position,
        {{ joined_text('event_name', in_byte_order('event_name')) }} as event_name,
        min_count,
        min_days,
        within_days,
        any_days
    from {{ seed('activation_milestones') }}
    group by milestone, entity_type, position, min_count, min_days, within_days, any_days
),

types as (
    select * from {{ ref('int_milestone_types') }}
),

entities as (
    select * from {{ ref('int_entities') }}
),

final as (
    select
        entities.entity_type,
        entities.entity_id,
        entities.signup_on,
        milestones.milestone,
        milestones.position,
        milestones.event_name,
        milestones.min_count,
        milestones.min_days,
        milestones.within_days,
        milestones.any_days,
        types.tracked_from,
        case
            when milestones.within_days is not null
                then coalesce(
                    {{ add_days('entities.signup_on', 'milestones.within_days') }}, cast('0001-01-01' as date)
                )
        end as counts_until
    from entities
    inner join milestones on entities.entity_type = milestones.entity_type
    inner join types on entities.entity_type = types.entity_type
)

select * from final
