-- One row per day, received user, account (or none) and event, accepted and up to as_of: whose event it is,
-- and how often it happened. A user has several rows for the same only where ids were merged.
{{ config(materialized='view') }}

with

daily_event_counts as (
    select * from {{ ref('int_daily_event_counts') }}
    where not is_excluded
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
),

final as (
    select
        daily_event_counts.event_date,
        {{ resolved_user_id('daily_event_counts') }} as user_id,
        daily_event_counts.merged_user_id is not null as is_merged,
        daily_event_counts.account_id,
        daily_event_counts.event_name,
        daily_event_counts.events
    from daily_event_counts
    cross join bounds
    where daily_event_counts.event_date <= bounds.as_of
)

select * from final
