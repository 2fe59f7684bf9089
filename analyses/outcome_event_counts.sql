-- One row per score date whose outcomes are followed, account and event: how much of the event
-- counts for the account's points, before its weight, under the version in force. Read by
-- engagement calibrate.

with

score_dates as (
    select
        score_dates.score_date,
        score_dates.version,
        score_dates.window_days,
        score_dates.half_life_days
    from {{ ref('int_score_dates') }} as score_dates
    where
        score_dates.is_built
        and score_dates.score_date in (
            select outcome_dates.score_date from {{ ref('int_outcome_dates') }} as outcome_dates
            where outcome_dates.is_known
        )
),

window_days as (
    select
        score_dates.score_date,
        score_dates.version,
        days.date_day as event_date,
        {{ days_between('days.date_day', 'score_dates.score_date') }} as age_days,
        score_dates.half_life_days
    from score_dates
    inner join {{ ref('int_calendar_days') }} as days
        on
            {{ add_days('score_dates.score_date', '-score_dates.window_days') }} < days.date_day
            and score_dates.score_date >= days.date_day
),

factors as (
    select
        score_date,
        version,
        event_date,
        {{ decay_factor('age_days', 'half_life_days') }} as factor
    from window_days
),

event_weights as (
    select * from {{ seed('event_weights') }}
),

-- Ids that were merged are added up before the daily cap applies.
user_days as (
    select
        event_date,
        account_id,
        user_id,
        event_name,
        sum(events) as events
    from {{ ref('int_accepted_events') }}
    where account_id is not null
    group by event_date, account_id, user_id, event_name
),

counted as (
    select
        factors.score_date,
        user_days.account_id,
        user_days.event_name,
        least(user_days.events, {{ daily_limit('event_weights.daily_cap') }}) as events,
        factors.factor
    from factors
    inner join user_days on factors.event_date = user_days.event_date
    left join event_weights
        on
            factors.version = event_weights.version
            and user_days.event_name = event_weights.event_name
),

final as (
    select
        score_date,
        account_id,
        event_name,
        cast(sum(events * factor) as {{ type_double() }}) as counted
    from counted
    group by score_date, account_id, event_name
)

select * from final
