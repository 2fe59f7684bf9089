-- One row per entity and milestone of which an event has occurred or that has a time limit: how
-- often that was in time, or on how many days, and the day on which it was enough. Milestones count
-- in any order; within_days limits them to whole days after signup, any_days to some span of days.
-- Daily counts are scanned only when totals cannot decide.

with

milestone_entities as (
    select
        milestone_entities.*,
        coalesce(milestone_entities.min_count, milestone_entities.min_days) as required,
        restated_milestones.changed_from
    from {{ ref('int_milestone_entities') }} as milestone_entities
    inner join {{ ref('int_restated_milestones') }} as restated_milestones
        on
            milestone_entities.entity_type = restated_milestones.entity_type
            and milestone_entities.entity_id = restated_milestones.entity_id
            and milestone_entities.milestone = restated_milestones.milestone
),

milestone_events as (
    select * from {{ seed('activation_milestones') }}
),

totals as (
    select * from {{ ref('int_event_totals') }}
),

entity_totals as (
    {%- for entity_type in ['user', 'account'] %}
    select
        '{{ entity_type }}' as entity_type,
        totals.{{ entity_type }}_id as entity_id,
        milestone_events.milestone,
        cast(sum(totals.events) as bigint) as events,
        min(totals.first_on) as first_on
    from totals
    inner join milestone_events
        on
            milestone_events.entity_type = '{{ entity_type }}'
            and totals.event_name = milestone_events.event_name
    inner join milestone_entities
        on
            milestone_entities.entity_type = '{{ entity_type }}'
            and totals.{{ entity_type }}_id = milestone_entities.entity_id
            and milestone_events.milestone = milestone_entities.milestone
    group by totals.{{ entity_type }}_id, milestone_events.milestone
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
        and (
            milestone_entities.required = 1
            or (
                entity_totals.events < milestone_entities.required
                and milestone_entities.min_days is null
                and milestone_entities.any_days is null
            )
        ) as is_told_by_totals
    from milestone_entities
    inner join entity_totals
        on
            milestone_entities.entity_type = entity_totals.entity_type
            and milestone_entities.entity_id = entity_totals.entity_id
            and milestone_entities.milestone = entity_totals.milestone
),

counted_milestones as (
    select * from started_milestones
    where not is_told_by_totals
),

counted_events as (
    select distinct milestone_events.event_name
    from milestone_events
    inner join counted_milestones
        on
            milestone_events.entity_type = counted_milestones.entity_type
            and milestone_events.milestone = counted_milestones.milestone
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
        counted_milestones.required,
        counted_milestones.any_days,
        counted_milestones.counts_until,
        case
            when counted_milestones.changed_from is not null then counted_milestones.all_events
        end as all_events,
        accepted_events.event_date,
        case when counted_milestones.min_days is null then sum(accepted_events.events) else 1 end as amount
    from accepted_events
    inner join milestone_events
        on
            milestone_events.entity_type = '{{ entity_type }}'
            and accepted_events.event_name = milestone_events.event_name
    inner join counted_milestones
        on
            counted_milestones.entity_type = '{{ entity_type }}'
            and accepted_events.{{ entity_type }}_id = counted_milestones.entity_id
            and milestone_events.milestone = counted_milestones.milestone
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
        counted_milestones.required,
        counted_milestones.min_days,
        counted_milestones.any_days,
        counted_milestones.counts_until,
        counted_milestones.changed_from,
        counted_milestones.all_events,
        accepted_events.event_date
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Where only later days are looked at, what came before them is the rest of the total.
running_amounts as (
    select
        *,
        coalesce(all_events - sum(amount) over (partition by entity_type, entity_id, milestone), 0)
        + sum(amount) over (
            partition by entity_type, entity_id, milestone
            order by event_date
            rows between unbounded preceding and current row
        ) as amount_by_then
    from daily_events
),

-- Of the span of any_days that ends on the day.
span_amounts as (
    select
        last_days.entity_type,
        last_days.entity_id,
        last_days.milestone,
        last_days.event_date,
        sum(days.amount) as amount
    from daily_events as last_days
    inner join daily_events as days
        on
            last_days.entity_type = days.entity_type
            and last_days.entity_id = days.entity_id
            and last_days.milestone = days.milestone
            and last_days.event_date >= days.event_date
            and days.event_date > {{ add_days('last_days.event_date', '-last_days.any_days') }}
    group by last_days.entity_type, last_days.entity_id, last_days.milestone, last_days.event_date
),

amounts as (
    select
        running_amounts.entity_type,
        running_amounts.entity_id,
        running_amounts.milestone,
        running_amounts.required,
        running_amounts.counts_until,
        running_amounts.event_date,
        coalesce(span_amounts.amount, running_amounts.amount_by_then) as amount
    from running_amounts
    left join span_amounts
        on
            running_amounts.entity_type = span_amounts.entity_type
            and running_amounts.entity_id = span_amounts.entity_id
            and running_amounts.milestone = span_amounts.milestone
            and running_amounts.event_date = span_amounts.event_date
),

progress as (
    select
        entity_type,
        entity_id,
        milestone,
        counts_until,
        cast(least(max(amount), required) as bigint) as occurrences,
        min(case when amount >= required then event_date end) as reached_on
    from amounts
    group by entity_type, entity_id, milestone, counts_until, required
    union all
    select
        entity_type,
        entity_id,
        milestone,
        counts_until,
        cast(least(all_events, required) as bigint) as occurrences,
        case when all_events >= required then first_on end as reached_on
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
