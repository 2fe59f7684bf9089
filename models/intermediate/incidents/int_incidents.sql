-- One row per event and first day of a silence: when it could be known, and when the event was back,
-- which is the first day by which half of the accounts in which it had fallen silent have it again.
-- A silence known again on later days is one incident, until it is back.

with

silent_accounts as (
    select * from {{ ref('int_silent_accounts') }}
),

account_event_days as (
    select * from {{ ref('int_account_event_days') }}
),

returns as (
    select
        silent_accounts.event_name,
        silent_accounts.detected_on,
        silent_accounts.account_id,
        min(account_event_days.event_date) as returned_on
    from silent_accounts
    inner join account_event_days
        on
            silent_accounts.event_name = account_event_days.event_name
            and silent_accounts.account_id = account_event_days.account_id
            and silent_accounts.detected_on < account_event_days.event_date
    group by silent_accounts.event_name, silent_accounts.detected_on, silent_accounts.account_id
),

counted_returns as (
    select
        event_name,
        detected_on,
        returned_on,
        row_number() over (partition by event_name, detected_on order by returned_on) as accounts
    from returns
),

detections as (
    select
        event_name,
        detected_on,
        started_on,
        accounts,
        count(*) as silent_accounts
    from silent_accounts
    group by event_name, detected_on, started_on, accounts
),

ended_detections as (
    select
        detections.event_name,
        detections.detected_on,
        detections.started_on,
        detections.accounts,
        detections.silent_accounts,
        min(counted_returns.returned_on) as ended_on
    from detections
    left join counted_returns
        on
            detections.event_name = counted_returns.event_name
            and detections.detected_on = counted_returns.detected_on
            and 2 * counted_returns.accounts >= detections.silent_accounts
    group by
        detections.event_name,
        detections.detected_on,
        detections.started_on,
        detections.accounts,
        detections.silent_accounts
),

compared_detections as (
    select
        *,
        row_number() over (partition by event_name order by detected_on) = 1 as is_first,
        lag(ended_on) over (partition by event_name order by detected_on) as ended_before
    from ended_detections
),

final as (
    select
        event_name,
        started_on,
        detected_on,
        ended_on,
        accounts,
        silent_accounts
    from compared_detections
    where
        is_first
        or started_on >= ended_before
)

select * from final
