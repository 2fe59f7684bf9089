-- One row per entity type with milestones: how many, and the first day on which an event of one was
-- accepted. Before that day nothing is known of activation.
{{ config(materialized='ephemeral') }}

with

milestones as (
    select * from {{ seed('activation_milestones') }}
),

first_occurrences as (
    select * from {{ ref('int_first_occurrences') }}
),

final as (
    select
        milestones.entity_type,
        count(distinct milestones.milestone) as milestones,
        min(first_occurrences.first_occurred_on) as tracked_from
    from milestones
    left join first_occurrences on milestones.event_name = first_occurrences.event_name
    group by milestones.entity_type
)

select * from final
