-- One row per score date and entity with points: the engagement score, 1-100, and the rank. Points
-- are winsorized at the cap of the day, then spread over the scale (docs/engagement-score.md).

with

points as (
    select * from {{ ref('int_entity_points') }}
),

calibrations as (
    select * from {{ ref('int_calibrations') }}
),

winsorized as (
    select
        points.score_date,
        points.version,
        points.entity_type,
        points.entity_id,
        points.normalization_group,
        points.points,
        points.scored_events,
        {{ winsorize('points.points', 'calibrations.cap') }} as winsorized_points,
        calibrations.cap,
        calibrations.curvature,
        calibrations.is_built
    from points
    inner join calibrations
        on
            points.score_date = calibrations.score_date
            and points.version = calibrations.version
            and points.entity_type = calibrations.entity_type
            and points.normalization_group = calibrations.normalization_group
),

scaled as (
    select
        *,
        winsorized_points / cap as u,
        {{ exponential_scale('(winsorized_points / cap)', 'curvature') }} as score
    from winsorized
),

final as (
    select
        score_date,
        version,
        entity_type,
        entity_id,
        normalization_group,
        is_built,
        points,
        scored_events,
        winsorized_points,
        u,
        score,
        cast(
            rank() over (partition by score_date, version, entity_type order by points desc) as bigint
        ) as rank,
        {{ rate(
            'rank() over (partition by score_date, version, entity_type order by points) - 1',
            'count(*) over (partition by score_date, version, entity_type)'
        ) }} as percentile_rank
    from scaled
)

select * from final
