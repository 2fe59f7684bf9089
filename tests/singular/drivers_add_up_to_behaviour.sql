-- What the events of an entity drove is, all together, what its behaviour changed.

with

drivers as (
    select
        score_date,
        entity_type,
        entity_id,
        sum(behaviour_change) as behaviour_change
    from {{ ref('score_change_drivers') }}
    group by score_date, entity_type, entity_id
),

changes as (
    select changes.*
    from {{ ref('score_changes') }} as changes
    inner join {{ ref('int_calendar_bounds') }} as bounds on changes.score_date = bounds.as_of
)

select
    changes.entity_type,
    changes.entity_id,
    changes.behaviour_change,
    drivers.behaviour_change as driven_change
from changes
left join drivers
    on
        changes.entity_type = drivers.entity_type
        and changes.entity_id = drivers.entity_id
where not coalesce(abs(changes.behaviour_change - coalesce(drivers.behaviour_change, 0)) <= 1e-9, false)
