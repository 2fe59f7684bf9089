-- One row per day up to as_of whose accepted events are others than in the last run; all days if the run
-- starts over.

with

days as (
    select * from {{ ref('int_days') }}
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
),

count_changes as (
    select distinct event_date from {{ ref('int_count_changes') }}
)

select days.date_day as event_date
from days
cross join bounds
left join count_changes on days.date_day = count_changes.event_date
where
    bounds.starts_over
    or days.date_day > bounds.previous_as_of
    or count_changes.event_date is not null
union distinct
select count_changes.event_date
from count_changes
inner join bounds on count_changes.event_date <= bounds.as_of
