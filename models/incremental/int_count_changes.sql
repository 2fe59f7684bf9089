-- One row per day, user, account (or none) and event whose count of scored actors differs from that
-- of the last run, with both counts. On a day after the last run's as_of, every count is new. Empty if
-- int_run starts over.

with

run as (
    select * from {{ ref('int_run') }}
    where not starts_over
),

daily_counts as (
    select * from {{ ref('int_daily_event_counts') }}
    where
        not is_excluded
        and {{ is_scored('actor') }}
),

replaced_counts as (
    select * from {{ ref('int_replaced_counts') }}
    where {{ is_scored('actor') }}
),

touched_days as (
    select * from {{ ref('int_touched_days') }}
),

both_counts as (
    select
        counts.event_date,
        {{ resolved_user_id('counts') }} as user_id,
        {{ resolved_account_id('counts') }} as account_id,
        counts.event_name,
        counts.events as events_before,
        0 as events_after
    from replaced_counts as counts
    inner join run on counts.event_date <= run.previous_as_of
    where not counts.is_excluded
    union all
    select
        counts.event_date,
        {{ resolved_user_id('counts') }} as user_id,
        {{ resolved_account_id('counts') }} as account_id,
        counts.event_name,
        0 as events_before,
        counts.events as events_after
    from daily_counts as counts
    inner join run on counts.event_date <= run.previous_as_of
    where
        counts.event_date in (select touched_days.event_date from touched_days)
        or {{ in_rows_of('replaced_counts', ['event_date', 'received_user_id']) }}
    union all
    select
        counts.event_date,
        {{ resolved_user_id('counts') }} as user_id,
        {{ resolved_account_id('counts') }} as account_id,
        counts.event_name,
        0 as events_before,
        counts.events as events_after
    from daily_counts as counts
    inner join run on counts.event_date > run.previous_as_of
),

final as (
    select
        event_date,
        user_id,
        account_id,
        event_name,
        cast(sum(events_before) as bigint) as events_before,
        cast(sum(events_after) as bigint) as events_after
    from both_counts
    group by event_date, user_id, account_id, event_name
)

select * from final
where events_before <> events_after
