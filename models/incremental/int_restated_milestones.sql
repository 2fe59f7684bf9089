-- One row per entity and milestone whose progress must be counted again: counts of its event
-- changed on a day that still matters, or its time limit changed. Every one, if the run starts
-- over. Before changed_from it was reached neither in the last run nor in this one; null if that is
-- unknown.

{% set last_progress = built_relation('int_milestone_progress') -%}

with

milestone_entities as (
    select * from {{ ref('int_milestone_entities') }}
),

{% if last_progress and not starts_over() -%}
changes as (
    select * from {{ ref('int_count_changes') }}
),

changed_events as (
    select
        'user' as entity_type,
        user_id as entity_id,
        event_name,
        min(event_date) as changed_from
    from changes
    group by user_id, event_name
    union all
    select
        'account' as entity_type,
        account_id as entity_id,
        event_name,
        min(event_date) as changed_from
    from changes
    where account_id is not null
    group by account_id, event_name
),

last_progress as (
    select * from {{ last_progress }}
),

final as (
    select
        milestone_entities.entity_type,
        milestone_entities.entity_id,
        milestone_entities.milestone,
        case when milestone_entities.within_days is null then changed_events.changed_from end as changed_from
    from milestone_entities
    left join last_progress
        on
            milestone_entities.entity_type = last_progress.entity_type
            and milestone_entities.entity_id = last_progress.entity_id
            and milestone_entities.milestone = last_progress.milestone
    left join changed_events
        on
            milestone_entities.entity_type = changed_events.entity_type
            and milestone_entities.entity_id = changed_events.entity_id
            and milestone_entities.event_name = changed_events.event_name
            and (milestone_entities.counts_until is null or changed_events.changed_from <= milestone_entities.counts_until)
            and (last_progress.reached_on is null or changed_events.changed_from <= last_progress.reached_on)
    where
        changed_events.entity_id is not null
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
