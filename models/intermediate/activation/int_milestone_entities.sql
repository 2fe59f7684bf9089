-- One row per entity and milestone of its type, with the last day on which an occurrence counts
-- (null: any day).

with

milestones as (
    select * from {{ ref('activation_milestones') }}
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
        milestones.within_days,
        case
            when milestones.within_days is not null
                then coalesce(
                    {{ add_days('entities.signup_on', 'milestones.within_days') }}, cast('0001-01-01' as date)
                )
        end as counts_until
    from entities
    inner join milestones on entities.entity_type = milestones.entity_type
)

select * from final
