-- One row per score date, entity type, version and normalization group with a population: the cap
-- behind the scores, its source, what the version says of it, and the percentiles of the scores.

with

calibrations as (
    select * from {{ ref('int_calibrations') }}
    where
        is_built
        and {{ restated('score_date', 'scores') }}
),

versions as (
    select * from {{ ref('int_scoring_versions') }}
),

scores as (
    select * from {{ ref('int_entity_scores') }}
    where
        points > 0
        and {{ restated('score_date', 'scores') }}
),

grouped_scores as (
    select
        score_date,
        version,
        entity_type,
        normalization_group,
        score
    from scores
    where normalization_group <> 'all'
    union all
    select
        score_date,
        version,
        entity_type,
        'all' as normalization_group,
        score
    from scores
),

percentiles as (
    {{ percentiles_of(
        'grouped_scores',
        ['score_date', 'version', 'entity_type', 'normalization_group'],
        'score',
        {'p10_score': 0.10, 'p25_score': 0.25, 'p50_score': 0.50, 'p75_score': 0.75, 'p90_score': 0.90}
    ) }}
),

final as (
    select
        calibrations.score_date,
        calibrations.entity_type,
        calibrations.version,
        calibrations.normalization_group,
        calibrations.calibration_status,
        calibrations.population,
        calibrations.cap,
        calibrations.winsor_percentile,
        cast(calibrations.curvature as {{ type_double() }}) as curvature,
        versions.window_days,
        cast(versions.half_life_days as {{ type_double() }}) as half_life_days,
        versions.min_population,
        versions.normalize_by,
        versions.calibration,
        percentiles.p10_score,
        percentiles.p25_score,
        percentiles.p50_score,
        percentiles.p75_score,
        percentiles.p90_score
    from calibrations
    inner join versions on calibrations.version = versions.version
    inner join percentiles
        on
            calibrations.score_date = percentiles.score_date
            and calibrations.version = percentiles.version
            and calibrations.entity_type = percentiles.entity_type
            and calibrations.normalization_group = percentiles.normalization_group
)

select * from final
