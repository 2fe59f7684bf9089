-- One row per flag: on how many Sundays it opened for a company, after how many of them the company fell
-- silent within a half-year, and of the companies that fell silent, how many had been flagged in the half-year
-- before. Silent is a company that was active on 13 days or more in a year, and then for a year on none.

with

bounds as (
    select as_of from engagement_internal.int_calendar_bounds
),

sundays as (
    select distinct score_date as sunday
    from engagement_internal.int_score_dates
    cross join bounds
    where
        is_built
        and is_sunday
        and score_date between date '2011-07-01' and as_of - 365 - 182
),

active_days as (
    select
        entity_id as account_id,
        event_date as active_on,
        lead(event_date) over (partition by entity_id order by event_date) as next_active_on,
        count(*) over (
            partition by entity_id order by event_date
            range between interval 364 days preceding and current row
        ) as days_in_year
    from engagement_internal.int_active_days
    where entity_type = 'account'
),

silences as (
    select
        account_id,
        active_on as silent_from
    from active_days
    cross join bounds
    where
        days_in_year >= 13
        and coalesce(next_active_on, as_of + 1) - active_on > 365
        and active_on between date '2011-07-01' and as_of - 365
),

-- The latest active day before each Sunday of a company that is neither new nor long gone.
company_sundays as (
    select
        sunday,
        account_id,
        max(active_on) as last_active_on
    from sundays
    inner join active_days on active_on <= sunday and active_on > sunday - 182
    group by sunday, account_id
    having max(days_in_year) >= 13
),

held as (
    select
        score_date as sunday,
        entity_id as account_id,
        signal as flag
    from engagement_internal.int_signal_days
    where signal in ('at_risk', 'cooling')
    union all
    select
        sunday,
        account_id,
        'no commit for 28 days' as flag
    from company_sundays
    where sunday - last_active_on >= 28
),

followed as (
    select
        held.*,
        lag(held.sunday) over (partition by account_id, flag order by held.sunday) as held_before
    from held
    inner join company_sundays using (sunday, account_id)
),

openings as (
    select
        followed.flag,
        followed.sunday,
        followed.account_id,
        exists (
            select 1 from silences
            where
                silences.account_id = followed.account_id
                and silences.silent_from between followed.sunday - 27 and followed.sunday + 182
        ) as falls_silent
    from followed
    where held_before is null or sunday - held_before > 14
),

base as (
    select avg(exists (
        select 1 from silences
        where
            silences.account_id = company_sundays.account_id
            and silences.silent_from between sunday - 27 and sunday + 182
    )::int) as base_rate
    from company_sundays
),

warned as (
    select
        flags.flag,
        count(*) as fell_silent,
        count(*) filter (where exists (
            select 1 from held
            where
                held.flag = flags.flag
                and held.account_id = silences.account_id
                and held.sunday between silences.silent_from - 182 and silences.silent_from
        )) as flagged_before
    from silences
    cross join (select distinct flag from held) as flags
    group by flags.flag
)

select
    openings.flag,
    count(*) as flags,
    count(*) filter (where not falls_silent) as false_flags,
    round(avg(falls_silent::int), 3) as fell_silent_after,
    round(any_value(base_rate), 3) as base_rate,
    any_value(fell_silent) as fell_silent,
    any_value(flagged_before) as flagged_before
from openings
cross join base
inner join warned on openings.flag = warned.flag
group by openings.flag
order by openings.flag
