-- One row per day of which this run has replaced daily counts.

select event_date from {{ ref('int_touched_days') }}
union distinct
select event_date from {{ ref('int_replaced_counts') }}
union distinct
select event_date from {{ ref('int_resolved_counts') }}
