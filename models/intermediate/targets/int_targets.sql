-- One row per band and account with points in the latest window or the one before: the least points that
-- reach the band at the cap of the latest date, and how many of them are missing.

with

score_dates as (
    select score_dates.*
    from {{ ref('int_score_dates') }} as score_dates
    inner join {{ ref('int_calendar_bounds') }} as bounds on score_dates.score_date = bounds.as_of
    where score_dates.is_in_force
),

scores as (
    select * from {{ ref('int_entity_scores') }}
    where entity_type = 'account'
),

entity_periods as (
    select * from {{ ref('int_entity_periods') }}
    where entity_type = 'account'
),

calibrations as (
    select * from {{ ref('int_calibrations') }}
    where entity_type = 'account'
),

calibration_caps as (
    select * from {{ seed('calibration_caps') }}
    where entity_type = 'account'
),

score_bands as (
    select * from {{ seed('score_bands') }}
),

grouped as (
    select
        scores.score_date,
        scores.entity_id as account_id,
        scores.version,
        scores.band,
        scores.score,
        scores.points,
        score_dates.calibration,
        cast(score_dates.curvature as {{ type_double() }}) as curvature,
        {{ normalization_group('score_dates.normalize_by', 'entity_periods') }} as normalization_group
    from scores
    inner join score_dates on scores.score_date = score_dates.score_date
    left join entity_periods
        on
            score_dates.normalize_by is not null
            and scores.entity_id = entity_periods.entity_id
            and scores.score_date >= entity_periods.valid_from
            and scores.score_date < entity_periods.valid_until
),

-- An account without points may be the only one of its group: then its cap is the one that it would get.
capped as (
    select
        grouped.*,
        case
            when grouped.calibration = 'frozen'
                then cast(coalesce(frozen_caps.cap, frozen_caps_of_all.cap) as {{ type_double() }})
            else coalesce(caps.cap, caps_of_all.cap)
        end as cap,
        case
            when grouped.calibration = 'frozen' then 'frozen'
            when caps.cap is not null then caps.calibration_status
            when caps_of_all.cap is not null then 'pooled'
        end as calibration_status
    from grouped
    left join calibration_caps as frozen_caps
        on
            grouped.version = frozen_caps.version
            and grouped.normalization_group = frozen_caps.normalization_group
    left join calibration_caps as frozen_caps_of_all
        on
            grouped.version = frozen_caps_of_all.version
            and frozen_caps_of_all.normalization_group = 'all'
    left join calibrations as caps
        on
            grouped.score_date = caps.score_date
            and grouped.version = caps.version
            and grouped.normalization_group = caps.normalization_group
    left join calibrations as caps_of_all
        on
            grouped.score_date = caps_of_all.score_date
            and grouped.version = caps_of_all.version
            and caps_of_all.normalization_group = 'all'
),

targeted as (
    select
        capped.score_date,
        capped.account_id,
        capped.version,
        capped.band,
        capped.score,
        capped.points,
        capped.cap,
        capped.calibration_status,
        score_bands.band as target_band,
        score_bands.min_score as target_min_score,
        capped.points > 0 and {{ comparable_score('capped.score') }} >= score_bands.min_score as is_reached,
        {{ target_points('score_bands.min_score', 'capped.cap', 'capped.curvature') }} as target_points
    from capped
    cross join score_bands
),

final as (
    select
        *,
        case
            when is_reached then {{ as_decimal('0', 36, 12) }}
            else {{ as_decimal('target_points', 36, 12) }} - {{ as_decimal('points', 36, 12) }}
        end as points_missing
    from targeted
)

select * from final
