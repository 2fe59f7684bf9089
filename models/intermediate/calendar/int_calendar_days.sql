-- One row per day from the first accepted event to as_of, with the scoring version in force (or
-- none) and the number of days on which key features had launched by then.

with

days as (
    {{ generate_days(ref('int_calendar_bounds'), 'first_event_date', 'as_of') }}
),

versions as (
    select
        days.date_day,
        versions.version
    from days
    inner join {{ ref('int_scoring_versions') }} as versions
        on
            days.date_day >= versions.valid_from
            and (versions.valid_until is null or days.date_day < versions.valid_until)
),

launch_days as (
    select distinct launched_on
    from {{ seed('key_features') }}
    where launched_on is not null
),

launches as (
    select
        days.date_day,
        count(*) as launches
    from days
    inner join launch_days on days.date_day >= launch_days.launched_on
    group by days.date_day
),

final as (
    select
        days.date_day,
        versions.version,
        coalesce(launches.launches, 0) as launches
    from days
    left join versions on days.date_day = versions.date_day
    left join launches on days.date_day = launches.date_day
)

select * from final
