-- One row per built score date and entity with points in this window or the previous one: the
-- score, its rank and band, and its change and trend against the previous date.
{{ config(indexes=indexes_on(['score_date', 'entity_id'])) }}

with

entity_windows as (
    select * from {{ ref('int_entity_windows') }}
),

scores_by_points as (
    select * from {{ ref('int_scores_by_points') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where
        is_built
        and {{ restated('score_date', 'scores') }}
),

current_windows as (
    select entity_windows.*
    from entity_windows
    inner join score_dates
        on
            entity_windows.score_date = score_dates.score_date
            and entity_windows.version = score_dates.version
),

previous_windows as (
    select
        score_dates.score_date,
        entity_windows.entity_type,
        entity_windows.entity_id,
        entity_windows.normalization_group,
        entity_windows.points
    from score_dates
    inner join entity_windows
        on
            score_dates.previous_date = entity_windows.score_date
            and score_dates.previous_version = entity_windows.version
            and entity_windows.points > 0
),

compared as (
    select
        coalesce(current_windows.score_date, previous_windows.score_date) as score_date,
        coalesce(current_windows.entity_type, previous_windows.entity_type) as entity_type,
        coalesce(current_windows.entity_id, previous_windows.entity_id) as entity_id,
        case when current_windows.points > 0 then current_windows.normalization_group end
            as normalization_group,
        coalesce(current_windows.points, 0) as points,
        coalesce(current_windows.active_days, 0) as active_days,
        coalesce(current_windows.scored_events, 0) as scored_events,
        coalesce(current_windows.distinct_scored_events, 0) as distinct_scored_events,
        previous_windows.normalization_group as normalization_group_before,
        coalesce(previous_windows.points, 0) as points_before
    from current_windows
    full outer join previous_windows
        on
            current_windows.score_date = previous_windows.score_date
            and current_windows.entity_type = previous_windows.entity_type
            and current_windows.entity_id = previous_windows.entity_id
    where
        current_windows.points > 0
        or previous_windows.points > 0
),

scored as (
    select
        compared.score_date,
        compared.entity_type,
        compared.entity_id,
        score_dates.version,
        compared.normalization_group,
        {{ as_decimal('compared.points', 38, 12) }} as points,
        coalesce(scores_by_points.winsorized_points, 0) as winsorized_points,
        coalesce(scores_by_points.winsorized_share, 0) as winsorized_share,
        coalesce(scores_by_points.score, 0) as score,
        scores_by_points.rank,
        scores_by_points.percentile_rank,
        coalesce(scores_by_points.band, 'inactive') as band,
        case
            when score_dates.previous_date is not null then {{ as_decimal('compared.points_before', 38, 12) }}
        end as previous_points,
        case when score_dates.previous_date is not null then coalesce(scores_before.score, 0) end
            as previous_score,
        compared.active_days,
        compared.scored_events,
        compared.distinct_scored_events
    from compared
    inner join score_dates on compared.score_date = score_dates.score_date
    left join scores_by_points
        on
            compared.score_date = scores_by_points.score_date
            and compared.entity_type = scores_by_points.entity_type
            and compared.normalization_group = scores_by_points.normalization_group
            and compared.points = scores_by_points.points
    left join scores_by_points as scores_before
        on
            score_dates.previous_date = scores_before.score_date
            and compared.entity_type = scores_before.entity_type
            and compared.normalization_group_before = scores_before.normalization_group
            and compared.points_before = scores_before.points
),

final as (
    select
        score_date,
        entity_type,
        entity_id,
        version,
        normalization_group,
        points,
        winsorized_points,
        winsorized_share,
        score,
        rank,
        percentile_rank,
        band,
        previous_points,
        previous_score,
        score - previous_score as score_change,
        {{ trend('score', 'previous_score', 'points', 'previous_points') }} as trend,
        active_days,
        scored_events,
        distinct_scored_events
    from scored
)

select * from final
