-- One row per account, event with a weight (be it 0) and day of the latest score date's window: how
-- many of the events count, after the daily cap of each user. Times weight and decay factor, they add
-- up to the account's points.
{{ config(indexes=indexes_on(['account_id'])) }}

with

event_counts as (
    select * from {{ ref('int_latest_event_counts') }}
    where
        is_current
        and account_id is not null
),

final as (
    select
        score_date,
        account_id,
        event_name,
        event_date,
        cast(sum(least(events, {{ daily_limit('daily_cap') }})) as bigint) as scored_events
    from event_counts
    group by score_date, account_id, event_name, event_date
)

select * from final
