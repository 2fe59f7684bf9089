-- One row per complete day, week or month, entity type and state: how many entities were new,
-- retained, resurrected or dormant in it, against the period before.

{% set periods = ['day', 'week', 'month'] -%}
{% set states = ['new', 'retained', 'resurrected', 'dormant'] -%}

with

days as (
    select * from {{ ref('int_days') }}
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
),

active_days as (
    select * from {{ ref('int_active_days') }}
),

first_active_day as (
    select min(event_date) as first_active_on
    from active_days
),

signups as (
    select
        'user' as entity_type,
        user_id as entity_id,
        {{ local_date('created_at') }} as created_on
    from {{ ref('int_users') }}
    union all
    select
        'account' as entity_type,
        account_id as entity_id,
        {{ local_date('created_at') }} as created_on
    from {{ ref('int_accounts') }}
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

active_periods as (
    {%- for period in periods %}
    select distinct
        '{{ period }}' as period,
        {{ period_start(period, 'event_date') }} as period_start,
        entity_type,
        entity_id
    from active_days
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

neighboured as (
    select
        *,
        lag(period_start) over (
            partition by period, entity_type, entity_id
            order by period_start
        ) as earlier_start,
        lead(period_start) over (
            partition by period, entity_type, entity_id
            order by period_start
        ) as later_start
    from active_periods
),

active_states as (
    select
        periods.period,
        periods.period_start,
        neighboured.entity_type,
        case
            when
                neighboured.earlier_start is null
                and periods.period_start = first_periods.first_period_start
                and (
                    signups.created_on is null
                    or signups.created_on < periods.period_start
                    or signups.created_on > periods.last_day
                )
                then 'retained'
            when neighboured.earlier_start is null then 'new'
            when neighboured.earlier_start = periods.period_before then 'retained'
            else 'resurrected'
        end as state
    from neighboured
    inner join periods
        on
            neighboured.period = periods.period
            and neighboured.period_start = periods.period_start
    inner join first_periods on periods.period = first_periods.period
    left join signups
        on
            neighboured.entity_type = signups.entity_type
            and neighboured.entity_id = signups.entity_id
),

dormant_states as (
    select
        periods.period,
        periods.period_start,
        neighboured.entity_type,
        'dormant' as state
    from neighboured
    inner join periods
        on
            neighboured.period = periods.period
            and neighboured.period_start = periods.period_before
    where
        neighboured.later_start is null
        or neighboured.later_start > periods.period_start
),

counted as (
    select
        period,
        period_start,
        entity_type,
        state,
        count(*) as entities
    from (
        select * from active_states
        union all
        select * from dormant_states
    ) as states
    group by period, period_start, entity_type, state
),

grid as (
    {%- for entity_type in ['user', 'account'] %}
    {%- set last_type = loop.last %}
    {%- for state in states %}
    select
        period,
        period_start,
        '{{ entity_type }}' as entity_type,
        '{{ state }}' as state
    from periods
    {%- if not (last_type and loop.last) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
),

final as (
    select
        grid.period,
        grid.period_start,
        grid.entity_type,
        grid.state,
        coalesce(counted.entities, 0) as entities
    from grid
    left join counted
        on
            grid.period = counted.period
            and grid.period_start = counted.period_start
            and grid.entity_type = counted.entity_type
            and grid.state = counted.state
)

select * from final
