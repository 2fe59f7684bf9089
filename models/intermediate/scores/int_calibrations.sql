-- One row per score date, version, entity type and normalization group with a population: the cap
-- at which its points are winsorized, and the source of that cap. The group 'all' is the whole
-- population; other groups exist if the version normalizes by an attribute.

with

caps as (
    select * from {{ ref('int_caps') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
),

calibration_caps as (
    select * from {{ seed('calibration_caps') }}
),

measured as (
    select
        caps.score_date,
        caps.version,
        caps.entity_type,
        caps.normalization_group,
        caps.population,
        caps.largest_points,
        score_dates.calibration,
        score_dates.winsor_percentile,
        score_dates.curvature,
        score_dates.is_built,
        case
            when caps.population >= score_dates.min_population then caps.percentile_points
        end as measured_cap,
        caps.population >= score_dates.min_population
        and score_dates.is_built
        and score_dates.is_sunday as can_be_carried
    from caps
    inner join score_dates
        on
            caps.score_date = score_dates.score_date
            and caps.version = score_dates.version
),

last_measured as (
    select
        *,
        max(case when can_be_carried then score_date end) over (
            partition by version, entity_type, normalization_group
            order by score_date
            rows between unbounded preceding and 1 preceding
        ) as carried_from
    from measured
),

sourced as (
    select
        last_measured.score_date,
        last_measured.version,
        last_measured.entity_type,
        last_measured.normalization_group,
        last_measured.population,
        last_measured.largest_points,
        last_measured.calibration,
        last_measured.winsor_percentile,
        last_measured.curvature,
        last_measured.is_built,
        last_measured.measured_cap,
        earlier.measured_cap as carried_cap,
        cast(calibration_caps.cap as {{ type_double() }}) as configured_cap
    from last_measured
    left join measured as earlier
        on
            last_measured.carried_from = earlier.score_date
            and last_measured.version = earlier.version
            and last_measured.entity_type = earlier.entity_type
            and last_measured.normalization_group = earlier.normalization_group
    left join calibration_caps
        on
            last_measured.version = calibration_caps.version
            and last_measured.entity_type = calibration_caps.entity_type
            and last_measured.normalization_group = calibration_caps.normalization_group
),

whole_populations as (
    select
        *,
        case
            when calibration = 'frozen' then configured_cap
            else coalesce(measured_cap, carried_cap, configured_cap, largest_points)
        end as cap,
        case
            when calibration = 'frozen' then 'frozen'
            when measured_cap is not null then 'measured'
            when carried_cap is not null then 'carried_forward'
            when configured_cap is not null then 'fallback'
            else 'insufficient_population'
        end as calibration_status
    from sourced
    where normalization_group = 'all'
),

final as (
    select
        score_date,
        version,
        entity_type,
        normalization_group,
        calibration_status,
        population,
        cap,
        winsor_percentile,
        curvature,
        is_built
    from whole_populations
    union all
    select
        sourced.score_date,
        sourced.version,
        sourced.entity_type,
        sourced.normalization_group,
        case
            when sourced.calibration = 'frozen' then 'frozen'
            when sourced.measured_cap is not null then 'measured'
            else 'pooled'
        end as calibration_status,
        sourced.population,
        case
            when sourced.calibration = 'frozen'
                then coalesce(sourced.configured_cap, whole_populations.cap)
            else coalesce(sourced.measured_cap, whole_populations.cap)
        end as cap,
        sourced.winsor_percentile,
        sourced.curvature,
        sourced.is_built
    from sourced
    inner join whole_populations
        on
            sourced.score_date = whole_populations.score_date
            and sourced.version = whole_populations.version
            and sourced.entity_type = whole_populations.entity_type
    where sourced.normalization_group <> 'all'
)

select * from final
