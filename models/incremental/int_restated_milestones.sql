-- One row per entity and milestone whose progress must be counted again: counts of its events
-- changed on a day that still matters, or its time limit changed. Every one, if the run starts
-- over. Before changed_from it was reached neither in the last run nor in this one; null if that is
-- unknown, or if what came before cannot be told from totals.

{% set last_progress = built_relation('int_milestone_progress') -%}

with

milestone_entities as (
    select * from {{ ref('int_milestone_entities') }}
),

{% if last_progress and not starts_over() -%}
changes as (
    select * from {{ ref('int_count_changes') }}
),

milestone_events as (
    select * from {{ seed('activation_milestones') }}
),

changed_milestones as (
    {%- for entity_type in ['user', 'account'] %}
    select
        '{{ entity_type }}' as entity_type,
        changes.{{ entity_type }}_id as entity_id,
        milestone_events.milestone,
        min(changes.event_date) as changed_from
    from changes
    inner join milestone_events
        on
            milestone_events.entity_type = '{{ entity_type }}'
            and changes.event_name = milestone_events.event_name
    where changes.{{ entity_type }}_id is not null
    group by changes.{{ entity_type }}_id, milestone_events.milestone
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

last_progress as (
    select * from {{ last_progress }}
),

final as (
    select
        milestone_entities.entity_type,
        milestone_entities.entity_id,
        milestone_entities.milestone,
        case
            when
                milestone_entities.within_days is null
                and milestone_entities.any_days is null
                and milestone_entities.min_days is null
                then changed_milestones.changed_from
        end as changed_from
    from milestone_entities
    left join last_progress
        on
            milestone_entities.entity_type = last_progress.entity_type
            and milestone_entities.entity_id = last_progress.entity_id
            and milestone_entities.milestone = last_progress.milestone
    left join changed_milestones
        on
            milestone_entities.entity_type = changed_milestones.entity_type
            and milestone_entities.entity_id = changed_milestones.entity_id
            and milestone_entities.milestone = changed_milestones.milestone
            and (
                milestone_entities.counts_until is null
                or changed_milestones.changed_from <= milestone_entities.counts_until
            )
            and (last_progress.reached_on is null or changed_milestones.changed_from <= last_progress.reached_on)
    where
        changed_milestones.entity_id is not null
        or milestone_entities.counts_until
        <> coalesce(last_progress.counts_until, cast('9999-12-31' as date))
    union distinct
    select
        last_progress.entity_type,
        last_progress.entity_id,
        last_progress.milestone,
        cast(null as date) as changed_from
    from last_progress
    left join milestone_entities
        on
            last_progress.entity_type = milestone_entities.entity_type
            and last_progress.entity_id = milestone_entities.entity_id
            and last_progress.milestone = milestone_entities.milestone
    where milestone_entities.entity_id is null
)
{%- else -%}
final as (
    select
        entity_type,
        entity_id,
        milestone,
        cast(null as date) as changed_from
    from milestone_entities
)
{%- endif %}

select * from final
-- depends_on: {{ ref('int_restatement') }}, {{ ref('int_count_changes') }}
-- depends_on: {{ seed('activation_milestones') }}
