-- One row per score date and entity with points in this window or the previous one: the change
-- since the previous score was published, as the sum of four parts (docs/definitions.md). They
-- apply in this order: late data, the scoring version, the cap, the entity's own points. What events
-- with a tracking incident caused of the last is shown, too.
{{ config(indexes=indexes_on(['score_date', 'entity_id'])) }}

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where
        is_built
        and previous_date is not null
        and {{ restated('score_date', 'scores') }}
),

scores as (
    select
        scores.*,
        score_dates.previous_date,
        score_dates.previous_version,
        cast(score_dates.curvature as {{ type_double() }}) as curvature
    from {{ ref('int_entity_scores') }} as scores
    inner join score_dates on scores.score_date = score_dates.score_date
),

-- The data of one window earlier, under the version of today.
restated_windows as (
    select
        score_dates.score_date,
        entity_windows.entity_type,
        entity_windows.entity_id,
        entity_windows.normalization_group,
        entity_windows.points
    from {{ ref('int_entity_windows') }} as entity_windows
    inner join score_dates
        on
            entity_windows.score_date = score_dates.previous_date
            and entity_windows.version = score_dates.version
    where entity_windows.points > 0
),

published as (
    select
        score_dates.score_date,
        published.entity_type,
        published.entity_id,
        published.score
    from {{ ref('published_scores') }} as published
    inner join score_dates
        on
            published.score_date = score_dates.previous_date
            and published.version = score_dates.previous_version
),

published_dates as (
    select distinct score_date from published
),

calibrations as (
    select * from {{ ref('int_calibrations') }}
),

grouped as (
    select
        scores.score_date,
        scores.previous_date,
        scores.entity_type,
        scores.entity_id,
        scores.version,
        scores.previous_version,
        scores.curvature,
        scores.score,
        scores.previous_score,
        case
            when published_dates.score_date is null then scores.previous_score
            else coalesce(published.score, 0)
        end as published_score,
        scores.points,
        {{ as_decimal('coalesce(restated_windows.points, 0)', 38, 12) }} as previous_points,
        restated_windows.normalization_group as previous_group,
        coalesce(scores.normalization_group, restated_windows.normalization_group) as normalization_group
    from scores
    left join restated_windows
        on
            scores.score_date = restated_windows.score_date
            and scores.entity_type = restated_windows.entity_type
            and scores.entity_id = restated_windows.entity_id
    left join published_dates on scores.score_date = published_dates.score_date
    left join published
        on
            scores.score_date = published.score_date
            and scores.entity_type = published.entity_type
            and scores.entity_id = published.entity_id
),

-- A group that nobody is in any more has no cap: the whole population's stands for it, else the cap stays.
capped as (
    select
        grouped.*,
        caps_before.cap as previous_cap,
        coalesce(caps.cap, caps_of_all.cap, caps_before.cap) as cap
    from grouped
    left join calibrations as caps_before
        on
            grouped.previous_date = caps_before.score_date
            and grouped.version = caps_before.version
            and grouped.entity_type = caps_before.entity_type
            and grouped.previous_group = caps_before.normalization_group
    left join calibrations as caps
        on
            grouped.score_date = caps.score_date
            and grouped.version = caps.version
            and grouped.entity_type = caps.entity_type
            and grouped.normalization_group = caps.normalization_group
    left join calibrations as caps_of_all
        on
            grouped.score_date = caps_of_all.score_date
            and grouped.version = caps_of_all.version
            and grouped.entity_type = caps_of_all.entity_type
            and caps_of_all.normalization_group = 'all'
),

stepped as (
    select
        *,
        case
            when version = previous_version then previous_score
            else {{ score_of('previous_points', 'previous_cap', 'curvature') }}
        end as score_of_version,
        {{ score_of('previous_points', 'cap', 'curvature') }} as score_of_cap
    from capped
),

instrumentation as (
    select
        score_date,
        entity_type,
        entity_id,
        sum(points_change) as points_change
    from {{ ref('int_instrumentation') }}
    where {{ restated('score_date', 'scores') }}
    group by score_date, entity_type, entity_id
),

changed as (
    select
        stepped.*,
        stepped.score - stepped.score_of_cap as behaviour_change,
        stepped.points - stepped.previous_points as points_change,
        coalesce(instrumentation.points_change, 0) as incident_points_change
    from stepped
    left join instrumentation
        on
            stepped.score_date = instrumentation.score_date
            and stepped.entity_type = instrumentation.entity_type
            and stepped.entity_id = instrumentation.entity_id
),

final as (
    select
        score_date,
        entity_type,
        entity_id,
        previous_date,
        version,
        previous_version,
        score,
        published_score as published_previous_score,
        score - published_score as change_since_published,
        previous_score - published_score as correction_change,
        score_of_version - previous_score as version_change,
        score_of_cap - score_of_version as population_change,
        behaviour_change,
        case
            when incident_points_change = 0 then 0
            else cast(incident_points_change as {{ type_double() }}) * {{ mean_score_slope(
                'previous_points', 'points', 'points_change', 'cap', 'curvature', 'behaviour_change'
            ) }}
        end as instrumentation_change,
        points,
        previous_points,
        cap,
        previous_cap
    from changed
)

select * from final
