-- One row per day, received user, account (or none) and event that is not excluded: whose event it is, and how
-- often it happened. A user has several rows for the same only where ids were merged. Days after as_of are among
-- them.
{{ config(materialized='view') }}

select
    event_date,
    {{ resolved_user_id('daily_event_counts') }} as user_id,
    merged_user_id is not null as is_merged,
    account_id,
    event_name,
    events
from {{ ref('int_daily_event_counts') }} as daily_event_counts
where not is_excluded
