-- One row per day by which an event is known to have fallen silent, event, and account in which it
-- has: the first day of the silence, and how many accounts would usually have had the event since.
-- Rests on days up to that day only (docs/definitions.md, Tracking incidents).

{{ config(pre_hook="{{ join_by_hashing() }}") }}
{% set rule = incident_rule() -%}
{% set days_read = 7 * rule.weeks + rule.most_days -%}

with

account_event_days as (
    select * from {{ ref('int_account_event_days') }}
    where {{ restated(add_days('event_date', days_read)) }}
),

days as (
    select * from {{ ref('int_calendar_days') }}
    where {{ restated(add_days('date_day', days_read)) }}
),

event_names as (
    select distinct event_name from account_event_days
),

daily_accounts as (
    select
        event_date,
        event_name,
        count(*) as accounts
    from account_event_days
    group by event_date, event_name
),

followed_days as (
    select
        days.date_day as event_date,
        event_names.event_name,
        coalesce(daily_accounts.accounts, 0) as accounts
    from days
    cross join event_names
    left join daily_accounts
        on days.date_day = daily_accounts.event_date and event_names.event_name = daily_accounts.event_name
),

compared_days as (
    select
        {%- for week in range(1, rule.weeks + 1) %}
        lag(accounts, {{ 7 * week }}) over (partition by event_name order by event_date) as before_{{ week }},
        {%- endfor %}
        event_date,
        event_name,
        accounts
    from followed_days
),

low_days as (
    select
        event_date,
        event_name
    from compared_days
    where
        accounts * {{ rule.weeks }} < {{ rule.low_share }} * (
            {%- for week in range(1, rule.weeks + 1) %}
            {{ '+ ' if not loop.first }}before_{{ week }}
            {%- endfor %}
        )
),

stretches as (
    select
        first_days.event_name,
        first_days.event_date as started_on,
        last_days.event_date as detected_on,
        {{ days_between('first_days.event_date', 'last_days.event_date') }} + 1 as stretch_days
    from low_days as first_days
    inner join low_days as last_days
        on
            first_days.event_name = last_days.event_name
            and last_days.event_date >= {{ add_days('first_days.event_date', rule.fewest_days - 1) }}
            and last_days.event_date <= {{ add_days('first_days.event_date', rule.most_days - 1) }}
    where {{ restated('last_days.event_date') }}
),

aged_days as (
    select
        stretches.*,
        days.date_day as event_date,
        {{ days_between('days.date_day', 'stretches.detected_on') }} as age_days
    from stretches
    inner join days
        on
            stretches.detected_on >= days.date_day
            and days.date_day > {{ add_days('stretches.detected_on', -days_read) }}
),

-- The days of a stretch, and the same weekdays of the weeks before.
stretch_days as (
    select
        event_name,
        started_on,
        detected_on,
        event_date,
        age_days - mod(age_days, 7) as days_before
    from aged_days
    where mod(age_days, 7) < stretch_days
),

habitual_accounts as (
    select
        stretch_days.event_name,
        stretch_days.started_on,
        stretch_days.detected_on,
        account_event_days.account_id,
        min(stretch_days.days_before) > 0 as is_silent
    from stretch_days
    inner join account_event_days
        on
            stretch_days.event_date = account_event_days.event_date
            and stretch_days.event_name = account_event_days.event_name
    group by
        stretch_days.event_name,
        stretch_days.started_on,
        stretch_days.detected_on,
        account_event_days.account_id
    having
        count(distinct case when stretch_days.days_before > 0 then stretch_days.days_before end)
        = {{ rule.weeks }}
),

active_events as (
    select
        event_date,
        account_id,
        cast(sum(events) as bigint) as events
    from account_event_days
    where counts_as_active
    group by event_date, account_id
),

other_events as (
    select
        habitual_accounts.event_name,
        habitual_accounts.started_on,
        habitual_accounts.detected_on,
        habitual_accounts.account_id,
        habitual_accounts.is_silent,
        stretch_days.days_before,
        active_events.events
        - coalesce(case when own_events.counts_as_active then own_events.events end, 0) as events
    from habitual_accounts
    inner join stretch_days
        on
            habitual_accounts.event_name = stretch_days.event_name
            and habitual_accounts.started_on = stretch_days.started_on
            and habitual_accounts.detected_on = stretch_days.detected_on
    inner join active_events
        on
            stretch_days.event_date = active_events.event_date
            and habitual_accounts.account_id = active_events.account_id
    left join account_event_days as own_events
        on
            stretch_days.event_date = own_events.event_date
            and habitual_accounts.account_id = own_events.account_id
            and habitual_accounts.event_name = own_events.event_name
),

compared_accounts as (
    select
        event_name,
        started_on,
        detected_on,
        account_id,
        is_silent,
        sum(case when days_before = 0 then events else 0 end) as other_events,
        sum(case when days_before > 0 then events else 0 end) as other_events_before
    from other_events
    group by event_name, started_on, detected_on, account_id, is_silent
),

counted_accounts as (
    select
        event_name,
        started_on,
        detected_on,
        account_id,
        is_silent,
        count(*) over (partition by event_name, started_on, detected_on) as accounts,
        sum(case when is_silent then 1 else 0 end) over (
            partition by event_name, started_on, detected_on
        ) as silent_accounts
    from compared_accounts
    where
        other_events > 0
        and other_events * {{ rule.weeks }} >= {{ rule.active_share }} * other_events_before
),

weighed_accounts as (
    select
        *,
        {{ evidence_of_silence('silent_accounts', 'accounts') }} as evidence
    from counted_accounts
    where
        is_silent
        and silent_accounts >= {{ rule.silent_share }} * accounts
),

-- Of the possible first days the one with the strongest evidence, of equals the earliest.
ranked_accounts as (
    select
        *,
        dense_rank() over (
            partition by event_name, detected_on order by evidence desc, started_on asc
        ) as position
    from weighed_accounts
    where evidence >= {{ rule.least_evidence }}
),

final as (
    select
        detected_on,
        event_name,
        account_id,
        started_on,
        cast(accounts as bigint) as accounts
    from ranked_accounts
    where position = 1
)

select * from final
