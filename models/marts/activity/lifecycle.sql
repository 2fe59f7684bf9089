-- One row per complete day, week or month, entity type and state: how many entities were new,
-- retained, resurrected or dormant, against the period before.

{% set periods = ['day', 'week', 'month'] -%}
{% set states = ['new', 'retained', 'resurrected', 'dormant'] -%}

with

days as (
    select * from {{ ref('int_calendar_days') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

first_activity as (
    select * from {{ ref('int_first_activity') }}
),

period_activity as (
    select * from {{ ref('int_period_activity') }}
),

first_active_day as (
    select min(first_active_on) as first_active_on
    from first_activity
),

signups as (
    select * from {{ ref('int_entities') }}
),

period_starts as (
    {%- for period in periods %}
    select distinct
        '{{ period }}' as period,
        {{ period_start(period, 'days.date_day') }} as period_start
    from days
    inner join first_active_day on days.date_day >= first_active_day.first_active_on
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

periods as (
    {%- for period in periods %}
    select
        period_starts.period,
        period_starts.period_start,
        {{ period_start(period, add_days('period_starts.period_start', -1)) }} as period_before,
        {{ period_end(period, 'period_starts.period_start') }} as last_day
    from period_starts
    cross join bounds
    where
        period_starts.period = '{{ period }}'
        and {{ period_end(period, 'period_starts.period_start') }} <= bounds.as_of
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

first_periods as (
    select
        period,
        min(period_start) as first_period_start
    from periods
    group by period
),

newcomers as (
    {%- for period in periods %}
    select
        periods.period,
        periods.period_start,
        first_activity.entity_type,
        count(*) as entities
    from periods
    inner join first_periods on periods.period = first_periods.period
    inner join first_activity
        on {{ period_start(period, 'first_activity.first_active_on') }} = periods.period_start
    left join signups
        on
            first_activity.entity_type = signups.entity_type
            and first_activity.entity_id = signups.entity_id
    where
        periods.period = '{{ period }}'
        and (
            periods.period_start > first_periods.first_period_start
            or (
                signups.created_on >= periods.period_start
                and signups.created_on <= periods.last_day
            )
        )
    group by periods.period, periods.period_start, first_activity.entity_type
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

entity_types as (
    select 'user' as entity_type
    union all
    select 'account' as entity_type
),

counted as (
    select
        periods.period,
        periods.period_start,
        entity_types.entity_type,
        coalesce(newcomers.entities, 0) as new_entities,
        case
            when periods.period_start = first_periods.first_period_start
                then coalesce(activity.active, 0) - coalesce(newcomers.entities, 0)
            else coalesce(activity.retained, 0)
        end as retained_entities,
        coalesce(activity.active, 0) as active_entities,
        coalesce(earlier.active, 0) - coalesce(activity.retained, 0) as dormant_entities
    from periods
    inner join first_periods on periods.period = first_periods.period
    cross join entity_types
    left join newcomers
        on
            periods.period = newcomers.period
            and periods.period_start = newcomers.period_start
            and entity_types.entity_type = newcomers.entity_type
    left join period_activity as activity
        on
            periods.period = activity.period
            and periods.period_start = activity.period_start
            and entity_types.entity_type = activity.entity_type
    left join period_activity as earlier
        on
            periods.period = earlier.period
            and periods.period_before = earlier.period_start
            and entity_types.entity_type = earlier.entity_type
),

final as (
    {%- for state in states %}
    select
        period,
        period_start,
        entity_type,
        '{{ state }}' as state,
        {% if state == 'resurrected' -%}
        active_entities - new_entities - retained_entities as entities
        {%- else -%}
        {{ state }}_entities as entities
        {%- endif %}
    from counted
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    period,
    period_start,
    entity_type,
    state,
    cast(entities as bigint) as entities
from final
