-- One row per score date and entity that did something in the window: the engagement score, 1-100, if it has
-- points. They are winsorized at the cap of the day, then spread over the scale (docs/engagement-score.md).
{{ config(materialized='view') }}

with

entity_windows as (
    select * from {{ ref('int_entity_windows') }}
),

calibrations as (
    select * from {{ ref('int_calibrations') }}
),

winsorized as (
    select
        entity_windows.score_date,
        entity_windows.entity_type,
        entity_windows.entity_id,
        entity_windows.normalization_group,
        entity_windows.points,
        entity_windows.active_days,
        entity_windows.scored_events,
        entity_windows.distinct_scored_events,
        case
            when calibrations.cap is not null
                then {{ winsorize('entity_windows.points', 'calibrations.cap') }}
        end as winsorized_points,
        calibrations.cap,
        calibrations.curvature
    from entity_windows
    left join calibrations
        on
            entity_windows.points > 0
            and entity_windows.score_date = calibrations.score_date
            and entity_windows.entity_type = calibrations.entity_type
            and entity_windows.normalization_group = calibrations.normalization_group
),

final as (
    select
        score_date,
        entity_type,
        entity_id,
        normalization_group,
        points,
        active_days,
        scored_events,
        distinct_scored_events,
        winsorized_points,
        winsorized_points / cap as u,
        {{ exponential_scale('(winsorized_points / cap)', 'curvature') }} as score
    from winsorized
)

select * from final
