-- One row per day, week or month and entity type: how many were active in it, and how many of these in the
-- one before, too.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['period', 'period_start'],
    meta={'replaced': 'int_stale_periods'},
) }}

{% set periods = ['day', 'week', 'month'] -%}

with

stale_periods as (
    select * from {{ ref('int_stale_periods') }}
),

needed_periods as (
    select
        period,
        period_start
    from stale_periods
    union distinct
    select
        period,
        period_before as period_start
    from stale_periods
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
        stale_periods.period,
        stale_periods.period_start,
        active_periods.entity_type,
        count(*) as active,
        count(earlier.entity_id) as retained
    from stale_periods
    inner join active_periods
        on
            stale_periods.period = active_periods.period
            and stale_periods.period_start = active_periods.period_start
    left join active_periods as earlier
        on
            stale_periods.period = earlier.period
            and stale_periods.period_before = earlier.period_start
            and active_periods.entity_type = earlier.entity_type
            and active_periods.entity_id = earlier.entity_id
    group by stale_periods.period, stale_periods.period_start, active_periods.entity_type
)

select * from final
