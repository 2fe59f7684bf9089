-- One row per entity type with milestones: how many, and the first day on which an event of one was
-- accepted. Before that day nothing is known of activation.
{{ config(materialized='ephemeral') }}

with

milestones as (
    select * from {{ ref('activation_milestones') }}
),

daily_totals as (
    select daily_totals.*
    from {{ ref('int_daily_totals') }} as daily_totals
    inner join {{ ref('int_calendar_bounds') }} as bounds
        on daily_totals.event_date <= bounds.last_counted_day
    where
        not daily_totals.is_excluded
        and daily_totals.events > 0
),

final as (
    select
        milestones.entity_type,
        count(distinct milestones.milestone) as milestones,
        min(daily_totals.event_date) as tracked_from
    from milestones
    left join daily_totals on milestones.event_name = daily_totals.event_name
    group by milestones.entity_type
)

select * from final
