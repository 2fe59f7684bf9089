-- One row per score date, entity type, dimension and value with an entity in it: score, adoption,
-- activation and activity of a group of users or accounts. Figures of fewer than min_segment_size
-- entities are left out.
{% set enough = var('min_segment_size') -%}

with

members as (
    select * from {{ ref('int_segment_members') }}
),

totals as (
    select * from {{ ref('int_segment_totals') }}
),

milestones as (
    select * from {{ ref('int_milestone_types') }}
),

joined as (
    select
        coalesce(members.score_date, totals.score_date) as score_date,
        coalesce(members.entity_type, totals.entity_type) as entity_type,
        coalesce(members.dimension, totals.dimension) as dimension,
        coalesce(members.value, totals.value) as value,
        coalesce(members.entities, 0) as entities,
        coalesce(totals.active_entities, 0) as active_entities,
        coalesce(totals.scored_entities, 0) as scored_entities,
        totals.mean_score,
        coalesce(totals.adoptable_entities, 0) as adoptable_entities,
        totals.adoption_rate,
        members.milestones_reached
    from members
    full outer join totals
        on
            members.score_date = totals.score_date
            and members.entity_type = totals.entity_type
            and members.dimension = totals.dimension
            and members.value = totals.value
),

final as (
    select
        joined.score_date,
        joined.entity_type,
        joined.dimension,
        joined.value,
        joined.entities,
        joined.active_entities,
        case
            when joined.entities >= {{ enough }} then {{ rate('joined.active_entities', 'joined.entities') }}
        end as active_rate,
        joined.scored_entities,
        case when joined.scored_entities >= {{ enough }} then joined.mean_score end as mean_score,
        joined.adoptable_entities,
        case when joined.adoptable_entities >= {{ enough }} then joined.adoption_rate end as adoption_rate,
        case
            when joined.entities >= {{ enough }} and joined.score_date >= milestones.tracked_from
                then {{ rate('joined.milestones_reached', '(joined.entities * milestones.milestones)') }}
        end as activation_rate
    from joined
    left join milestones on joined.entity_type = milestones.entity_type
    where
        joined.entities > 0
        or joined.active_entities > 0
        or joined.scored_entities > 0
)

select * from final
