-- One row per entity with milestones: how many it has reached, and the missing ones in order.

with

steps as (
    select * from {{ ref('int_activation_steps') }}
),

counted as (
    select
        entity_type,
        entity_id,
        count(*) as milestones,
        count(reached_on) as milestones_reached,
        {{ rate('count(reached_on)', 'count(tracked_from)') }} as activation_rate,
        {{ joined_text('case when not is_reached then milestone end', 'position') }} as missing_milestones,
        min(case when not is_reached then position end) as next_position,
        case when count(reached_on) = count(*) then max(reached_on) end as activated_on
    from steps
    group by entity_type, entity_id
),

final as (
    select
        counted.entity_type,
        counted.entity_id,
        counted.milestones,
        counted.milestones_reached,
        counted.activation_rate,
        counted.missing_milestones,
        steps.milestone as next_milestone,
        counted.activated_on
    from counted
    left join steps
        on
            counted.entity_type = steps.entity_type
            and counted.entity_id = steps.entity_id
            and counted.next_position = steps.position
)

select * from final
