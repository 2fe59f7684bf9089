-- One row per day from the first accepted event to as_of, with the scoring version in force on it
-- (or none).

with

days as (
    {{ generate_days(ref('int_run_bounds'), 'first_event_date', 'as_of') }}
),

versions as (
    select * from {{ ref('int_scoring_versions') }}
),

final as (
    select
        days.date_day,
        versions.version
    from days
    left join versions
        on
            days.date_day >= versions.valid_from
            and (versions.valid_until is null or days.date_day < versions.valid_until)
)

select * from final
