-- One row per day, received user, account (or none), event and actor that scores and is not excluded:
-- the user ('': none) and the account it belongs to, and how often it happened. A user has several
-- rows for one event and account only if ids were merged, or several actors score. Includes pending
-- events, those of days after as_of.
{{ config(materialized='view') }}

select
    counts.event_date,
    {{ resolved_user_id('counts') }} as user_id,
    counts.merged_user_id is not null
    or counts.merged_account_id is not null
    or counts.actor is not null as is_merged,
    {{ resolved_account_id('counts') }} as account_id,
    counts.event_name,
    counts.events
from {{ ref('int_daily_event_counts') }} as counts
where
    not counts.is_excluded
    and counts.events > 0
    and {{ is_scored('counts.actor') }}
