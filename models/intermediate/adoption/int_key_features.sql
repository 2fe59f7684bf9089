-- One row per key feature: when it launched, in which plans it is, its place in bit sets, and the
-- first day on which an event of it was accepted. Before that day nothing is known of its use.
{{ config(materialized='ephemeral') }}

with

features as (
    select * from {{ ref('int_feature_events') }}
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
        features.feature,
        features.launched_on,
        features.plans,
        features.feature_index,
        min(daily_totals.event_date) as tracked_from
    from features
    left join daily_totals on features.event_name = daily_totals.event_name
    group by features.feature, features.launched_on, features.plans, features.feature_index
)

select * from final
