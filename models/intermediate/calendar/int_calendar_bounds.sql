-- One row: the last day that counts (as_of), the day of the first event of a scored actor and the
-- first score date. Without accepted events and without an as_of these are null, nothing is scored, and
-- every row counts as excluded or rejected (last_counted_day).

with

daily_totals as (
    select * from {{ ref('int_daily_totals') }}
    where
        not is_excluded
        and events > 0
),

observed as (
    select
        min(event_date) as first_day,
        max(event_date) as last_day,
        min(case when {{ is_scored('actor') }} then event_date end) as first_scored_day
    from daily_totals
),

run as (
    select * from {{ ref('int_run') }}
),

decided as (
    select
        observed.first_scored_day,
        {{ last_counted_day('observed.first_day', 'observed.last_day', 'run.reference_day') }} as as_of
    from observed
    cross join run
),

final as (
    select
        as_of,
        coalesce(as_of, cast('9999-12-31' as date)) as last_counted_day,
        case when first_scored_day <= as_of then first_scored_day end as first_event_date,
        case
            when first_scored_day <= as_of then coalesce({{ var_date('first_score_date') }}, first_scored_day)
        end as first_score_date
    from decided
)

select * from final
