-- One row per entity and milestone whose event has occurred or that has a time limit: how often it
-- occurred in time, and the day on which that was enough. Milestones count in any order;
-- within_days limits them to whole days after signup. Daily counts are scanned only when totals
-- cannot decide.

with

milestone_entities as (
    select
        milestone_entities.*,
        restated_milestones.changed_from
    from {{ ref('int_milestone_entities') }} as milestone_entities
    inner join {{ ref('int_restated_milestones') }} as restated_milestones
        on
            milestone_entities.entity_type = restated_milestones.entity_type
            and milestone_entities.entity_id = restated_milestones.entity_id
            and milestone_entities.milestone = restated_milestones.milestone
),

totals as (
    select * from {{ ref('int_event_totals') }}
),

entity_totals as (
    {%- for entity_type in ['user', 'account'] %}
    select
        '{{ entity_type }}' as entity_type,
        {{ entity_type }}_id as entity_id,
        event_name,
        cast(sum(events) as bigint) as events,
        min(first_on) as first_on
    from totals
    where {{ in_rows_of(
        'milestone_entities', [entity_type ~ '_id', 'event_name'], ['entity_id', 'event_name'],
        "chosen.entity_type = '" ~ entity_type ~ "'"
    ) }}
    group by {{ entity_type }}_id, event_name
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

started_milestones as (
    select
        milestone_entities.*,
        entity_totals.events as all_events,
        entity_totals.first_on,
        coalesce(milestone_entities.changed_from, entity_totals.first_on) as counted_from,
        milestone_entities.counts_until is null
        and (milestone_entities.min_count = 1 or entity_totals.events < milestone_entities.min_count)
            as is_told_by_totals
    from milestone_entities
    inner join entity_totals
        on
            milestone_entities.entity_type = entity_totals.entity_type
            and milestone_entities.entity_id = entity_totals.entity_id
            and milestone_entities.event_name = entity_totals.event_name
),

counted_milestones as (
    select * from started_milestones
    where not is_told_by_totals
),

counted_events as (
    select distinct event_name from counted_milestones
),

accepted_events as (
    select accepted_events.*
    from {{ ref('int_accepted_events') }} as accepted_events
    inner join counted_events on accepted_events.event_name = counted_events.event_name
    inner join {{ ref('int_calendar_days') }} as days on accepted_events.event_date = days.date_day
    where accepted_events.event_date >= (select min(counted_milestones.counted_from) from counted_milestones)
),

daily_events as (
    {%- for entity_type in ['user', 'account'] %}
    select
        counted_milestones.entity_type,
        counted_milestones.entity_id,
        counted_milestones.milestone,
        counted_milestones.min_count,
        counted_milestones.counts_until,
        case
            when counted_milestones.counts_until is null then counted_milestones.all_events
        end as all_events,
        accepted_events.event_date,
        sum(accepted_events.events) as events
    from accepted_events
    inner join counted_milestones
        on
            counted_milestones.entity_type = '{{ entity_type }}'
            and accepted_events.{{ entity_type }}_id = counted_milestones.entity_id
            and accepted_events.event_name = counted_milestones.event_name
    where
        accepted_events.event_date >= counted_milestones.counted_from
        and (
            counted_milestones.counts_until is null
            or accepted_events.event_date <= counted_milestones.counts_until
        )
    group by
        counted_milestones.entity_type,
        counted_milestones.entity_id,
        counted_milestones.milestone,
        counted_milestones.min_count,
        counted_milestones.counts_until,
        counted_milestones.all_events,
        accepted_events.event_date
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Without a limit in time, what came before the days looked at is the rest of the total.
running_counts as (
    select
        *,
        coalesce(all_events - sum(events) over (partition by entity_type, entity_id, milestone), 0)
        + sum(events) over (
            partition by entity_type, entity_id, milestone
            order by event_date
            rows between unbounded preceding and current row
        ) as occurrences_by_then
    from daily_events
),

progress as (
    select
        entity_type,
        entity_id,
        milestone,
        counts_until,
        cast(least(max(occurrences_by_then), min_count) as bigint) as occurrences,
        min(case when occurrences_by_then >= min_count then event_date end) as reached_on
    from running_counts
    group by entity_type, entity_id, milestone, counts_until, min_count
    union all
    select
        entity_type,
        entity_id,
        milestone,
        counts_until,
        cast(least(all_events, min_count) as bigint) as occurrences,
        case when all_events >= min_count then first_on end as reached_on
    from started_milestones
    where is_told_by_totals
),

final as (
    select * from progress
    union all
    select
        milestone_entities.entity_type,
        milestone_entities.entity_id,
        milestone_entities.milestone,
        milestone_entities.counts_until,
        cast(0 as bigint) as occurrences,
        cast(null as date) as reached_on
    from milestone_entities
    left join progress
        on
            milestone_entities.entity_type = progress.entity_type
            and milestone_entities.entity_id = progress.entity_id
            and milestone_entities.milestone = progress.milestone
    where
        milestone_entities.counts_until is not null
        and progress.entity_id is null
)

select * from final
