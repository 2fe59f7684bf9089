-- One row per day, received user, account (or none) and event that is not excluded: the user it
-- belongs to, and how often it happened. A user has several rows for one event only if ids were
-- merged. Includes pending events, those of days after as_of.
{{ config(materialized='view') }}

select
    counts.event_date,
    {{ resolved_user_id('counts') }} as user_id,
    counts.merged_user_id is not null as is_merged,
    counts.account_id,
    counts.event_name,
    counts.events
from {{ ref('int_daily_event_counts') }} as counts
where not counts.is_excluded
