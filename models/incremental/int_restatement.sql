-- One row: the day from which this run restates everything that is keyed by a day. It is the first
-- day whose accepted counts differ from those of the last run, or the day after the last run's
-- as_of if that is earlier. If the run starts over, it is 0001-01-01, and reason says why.

with

run as (
    select * from {{ ref('int_run') }}
),

accepted_days as (
    select
        min(event_date) as first_day,
        max(event_date) as last_day
    from {{ ref('int_daily_totals') }}
    where
        not is_excluded
        and events > 0
),

changes as (
    select min(event_date) as first_changed_on
    from {{ ref('int_count_changes') }}
),

counted as (
    select
        {{ last_counted_day('accepted_days.first_day', 'accepted_days.last_day', 'run.reference_day') }}
            as last_counted_day
    from accepted_days
    cross join run
),

reasoned as (
    select
        changes.first_changed_on,
        {{ add_days('run.previous_as_of', 1) }} as first_new_day,
        case
            when run.starts_over then run.reason
            when not coalesce(counted.last_counted_day >= run.previous_as_of, false)
                then 'the last day that counts lies before that of the last run'
        end as reason
    from run
    cross join counted
    cross join changes
),

final as (
    select
        case
            when reason is not null then cast('0001-01-01' as date)
            else least(coalesce(first_changed_on, first_new_day), first_new_day)
        end as restated_from,
        reason is not null as starts_over,
        reason
    from reasoned
)

select * from final
