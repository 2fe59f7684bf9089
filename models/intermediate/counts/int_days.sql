-- One row per day from the first accepted event to as_of, with the scoring version in force on it
-- (or none), and how many launches of key features there had been by then.

with

days as (
    {{ generate_days(ref('int_run_bounds'), 'first_event_date', 'as_of') }}
),

versions as (
    select * from {{ ref('int_scoring_versions') }}
),

launch_days as (
    select distinct launched_on
    from {{ ref('key_features') }}
    where launched_on is not null
),

launches as (
    select
        launched_on,
        lead(launched_on) over (order by launched_on) as next_launched_on,
        row_number() over (order by launched_on) as launches
    from launch_days
),

final as (
    select
        days.date_day,
        versions.version,
        coalesce(launches.launches, 0) as launches
    from days
    left join versions
        on
            days.date_day >= versions.valid_from
            and (versions.valid_until is null or days.date_day < versions.valid_until)
    left join launches
        on
            days.date_day >= launches.launched_on
            and (launches.next_launched_on is null or days.date_day < launches.next_launched_on)
)

select * from final
