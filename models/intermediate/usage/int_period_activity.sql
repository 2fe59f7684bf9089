-- One row per day, week or month and entity type: how many entities were active in it, and how many
-- of them also in the period before.

{% set periods = ['day', 'week', 'month'] -%}

with

days as (
    select * from {{ ref('int_calendar_days') }}
),

periods as (
    {%- for period in periods %}
    select distinct
        '{{ period }}' as period,
        {{ period_start(period, 'date_day') }} as period_start,
        {{ period_end(period, period_start(period, 'date_day')) }} as period_end,
        {{ period_start(period, add_days(period_start(period, 'date_day'), -1)) }} as period_before
    from days
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

restated_periods as (
    select * from periods
    where {{ restated('period_end') }}
),

needed_periods as (
    select
        period,
        period_start
    from restated_periods
    union distinct
    select
        period,
        period_before as period_start
    from restated_periods
),

active_periods as (
    {%- for period in periods %}
    {{ 'select' if period == 'day' else 'select distinct' }}
        needed_periods.period,
        needed_periods.period_start,
        active_days.entity_type,
        active_days.entity_id
    from {{ ref('int_active_days') }} as active_days
    inner join needed_periods
        on
            needed_periods.period = '{{ period }}'
            and {{ period_start(period, 'active_days.event_date') }} = needed_periods.period_start
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        restated_periods.period,
        restated_periods.period_start,
        restated_periods.period_end,
        active_periods.entity_type,
        count(*) as active,
        count(earlier.entity_id) as retained
    from restated_periods
    inner join active_periods
        on
            restated_periods.period = active_periods.period
            and restated_periods.period_start = active_periods.period_start
    left join active_periods as earlier
        on
            restated_periods.period = earlier.period
            and restated_periods.period_before = earlier.period_start
            and active_periods.entity_type = earlier.entity_type
            and active_periods.entity_id = earlier.entity_id
    group by
        restated_periods.period,
        restated_periods.period_start,
        restated_periods.period_end,
        active_periods.entity_type
)

select * from final
