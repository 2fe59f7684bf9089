-- One row per day, week or month whose activity must be counted again: a day in it, or in the one before,
-- has changed.

{% set periods = ['day', 'week', 'month'] -%}

with

changed_days as (
    select * from {{ ref('int_changed_days') }}
),

changed_periods as (
    {%- for period in periods %}
    select
        '{{ period }}' as period,
        {{ period_start(period, 'event_date') }} as period_start
    from changed_days
    union distinct
    select
        '{{ period }}' as period,
        {{ add_days(period_end(period, period_start(period, 'event_date')), 1) }} as period_start
    from changed_days
    {%- if not loop.last %}
    union distinct
    {%- endif %}
    {%- endfor %}
),

final as (
    {%- for period in periods %}
    select
        period,
        period_start,
        {{ period_start(period, add_days('period_start', -1)) }} as period_before
    from changed_periods
    where period = '{{ period }}'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
