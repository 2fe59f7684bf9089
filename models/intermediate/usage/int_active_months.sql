-- One row per month and entity that was active in it.

with

active_days as (
    select
        {{ period_start('month', 'event_date') }} as month,
        entity_type,
        entity_id
    from {{ ref('int_active_days') }}
    where {{ restated(period_end('month', period_start('month', 'event_date'))) }}
),

final as (
    select distinct
        {{ period_end('month', 'month') }} as month_end,
        month,
        entity_type,
        entity_id
    from active_days
)

select * from final
