-- One row per day and entity type: how many entities were active on the day, in the 7 days and in
-- the 28 days ending with it. Each active day counts until the entity's next one, at most for the
-- window. These times do not overlap, so a running sum of their starts and ends counts every entity
-- once.

{% set windows = {'daily_active': 1, 'weekly_active': 7, 'monthly_active': var('active_window_days')} -%}

with

restated_days as (
    select * from {{ ref('int_calendar_days') }}
    where {{ restated('date_day') }}
),

first_needed_day as (
    select {{ add_days('min(date_day)', 1 - [var('active_window_days'), 7] | max) }} as first_day
    from restated_days
),

days as (
    select days.date_day
    from {{ ref('int_calendar_days') }} as days
    inner join first_needed_day on days.date_day >= first_needed_day.first_day
),

entity_days as (
    select
        active_days.event_date,
        active_days.entity_type,
        active_days.entity_id
    from {{ ref('int_active_days') }} as active_days
    inner join first_needed_day on active_days.event_date >= first_needed_day.first_day
),

entity_types as (
    select 'user' as entity_type
    union all
    select 'account' as entity_type
),

followed as (
    select
        entity_type,
        event_date,
        lead(event_date) over (partition by entity_type, entity_id order by event_date) as next_event_date
    from entity_days
),

changes as (
    {%- for measure, days in windows.items() %}
    select
        '{{ measure }}' as measure,
        entity_type,
        event_date as change_date,
        1 as change
    from followed
    union all
    select
        '{{ measure }}' as measure,
        entity_type,
        least(
            coalesce(next_event_date, {{ add_days('event_date', days) }}),
            {{ add_days('event_date', days) }}
        ) as change_date,
        -1 as change
    from followed
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

daily_changes as (
    select
        entity_type,
        change_date,
        sum(case when measure = 'daily_active' then change else 0 end) as daily_change,
        sum(case when measure = 'weekly_active' then change else 0 end) as weekly_change,
        sum(case when measure = 'monthly_active' then change else 0 end) as monthly_change
    from changes
    group by entity_type, change_date
),

counted as (
    select
        days.date_day as activity_date,
        entity_types.entity_type,
        sum(coalesce(daily_changes.daily_change, 0)) over (
            partition by entity_types.entity_type order by days.date_day
            rows between unbounded preceding and current row
        ) as daily_active,
        sum(coalesce(daily_changes.weekly_change, 0)) over (
            partition by entity_types.entity_type order by days.date_day
            rows between unbounded preceding and current row
        ) as weekly_active,
        sum(coalesce(daily_changes.monthly_change, 0)) over (
            partition by entity_types.entity_type order by days.date_day
            rows between unbounded preceding and current row
        ) as monthly_active
    from days
    cross join entity_types
    left join daily_changes
        on
            days.date_day = daily_changes.change_date
            and entity_types.entity_type = daily_changes.entity_type
),

averaged as (
    select
        *,
        cast(sum(daily_active) over (
            partition by entity_type
            order by activity_date
            rows between {{ windows['monthly_active'] - 1 }} preceding and current row
        ) as {{ type_double() }}) / {{ windows['monthly_active'] }} as mean_daily_active
    from counted
),

final as (
    select
        averaged.activity_date,
        averaged.entity_type,
        cast(averaged.daily_active as bigint) as daily_active,
        cast(averaged.weekly_active as bigint) as weekly_active,
        cast(averaged.monthly_active as bigint) as monthly_active,
        {{ rate('averaged.mean_daily_active', 'averaged.monthly_active') }} as stickiness_rate
    from averaged
    inner join restated_days on averaged.activity_date = restated_days.date_day
)

select * from final
