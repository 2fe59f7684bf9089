-- One row per account with accepted events in the last active window (var active_window_days): the
-- share of them that is not by humans.

with

daily_counts as (
    select
        counts.event_date,
        {{ resolved_account_id('counts') }} as account_id,
        counts.actor,
        counts.events
    from {{ ref('int_daily_event_counts') }} as counts
    where
        counts.account_id is not null
        and not counts.is_excluded
        and counts.events > 0
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

final as (
    select
        daily_counts.account_id,
        {{ rate(
            'sum(case when daily_counts.actor is null then 0 else daily_counts.events end)',
            'sum(daily_counts.events)'
        ) }} as agent_share
    from daily_counts
    inner join bounds
        on
            daily_counts.event_date > {{ add_days('bounds.as_of', -var('active_window_days')) }}
            and daily_counts.event_date <= bounds.as_of
    group by daily_counts.account_id
)

select * from final
