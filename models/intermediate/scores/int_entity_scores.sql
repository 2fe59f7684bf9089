-- One row per built score date and entity with points in its window or the previous one: the score,
-- its rank and band, and its change and trend against the previous date.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='score_date',
    meta={'replaced': 'int_stale_scores'},
) }}

with

scores as (
    select * from {{ ref('int_window_scores') }}
),

score_dates as (
    select score_dates.*
    from {{ ref('int_score_dates') }} as score_dates
    inner join {{ ref('int_stale_scores') }} as stale_scores
        on score_dates.score_date = stale_scores.score_date
    where score_dates.is_built
),

score_bands as (
    select
        band,
        min_score,
        lead(min_score) over (order by min_score) as next_min_score
    from {{ ref('score_bands') }}
),

current_scores as (
    select scores.*
    from scores
    inner join score_dates on scores.score_date = score_dates.score_date
),

equal_points as (
    select
        score_date,
        entity_type,
        points,
        count(*) as members
    from current_scores
    where points > 0
    group by score_date, entity_type, points
),

ranks as (
    select
        score_date,
        entity_type,
        points,
        members,
        sum(members) over (partition by score_date, entity_type order by points desc) as as_many_or_more,
        sum(members) over (partition by score_date, entity_type) as population
    from equal_points
),

previous_scores as (
    select
        score_dates.score_date,
        scores.entity_type,
        scores.entity_id,
        scores.points,
        scores.score
    from score_dates
    inner join scores
        on
            score_dates.previous_date = scores.score_date
            and scores.points > 0
),

compared as (
    select
        coalesce(current_scores.score_date, previous_scores.score_date) as score_date,
        coalesce(current_scores.entity_type, previous_scores.entity_type) as entity_type,
        coalesce(current_scores.entity_id, previous_scores.entity_id) as entity_id,
        current_scores.normalization_group,
        coalesce(current_scores.points, 0) as points,
        coalesce(current_scores.winsorized_points, 0) as winsorized_points,
        coalesce(current_scores.u, 0) as u,
        coalesce(current_scores.score, 0) as score,
        coalesce(current_scores.active_days, 0) as active_days,
        coalesce(current_scores.scored_events, 0) as scored_events,
        coalesce(current_scores.distinct_scored_events, 0) as distinct_scored_events,
        coalesce(previous_scores.points, 0) as points_before,
        coalesce(previous_scores.score, 0) as score_before
    from current_scores
    full outer join previous_scores
        on
            current_scores.score_date = previous_scores.score_date
            and current_scores.entity_type = previous_scores.entity_type
            and current_scores.entity_id = previous_scores.entity_id
    where
        current_scores.points > 0
        or previous_scores.points > 0
),

dated as (
    select
        compared.*,
        score_dates.version,
        case when score_dates.previous_date is not null then compared.points_before end as previous_points,
        case when score_dates.previous_date is not null then compared.score_before end as previous_score
    from compared
    inner join score_dates on compared.score_date = score_dates.score_date
),

final as (
    select
        dated.score_date,
        dated.entity_type,
        dated.entity_id,
        dated.version,
        dated.normalization_group,
        cast(dated.points as decimal(38, 12)) as points,
        dated.winsorized_points,
        dated.u,
        dated.score,
        cast(ranks.as_many_or_more - ranks.members + 1 as bigint) as rank,
        {{ rate('(ranks.population - ranks.as_many_or_more)', 'ranks.population') }} as percentile_rank,
        case when dated.points > 0 then score_bands.band else 'inactive' end as band,
        cast(dated.previous_points as decimal(38, 12)) as previous_points,
        dated.previous_score,
        dated.score - dated.previous_score as score_change,
        {{ trend('dated.score', 'dated.previous_score', 'dated.points', 'dated.previous_points') }} as trend,
        dated.active_days,
        dated.scored_events,
        dated.distinct_scored_events
    from dated
    inner join score_bands
        on
            {{ comparable_score('dated.score') }} >= score_bands.min_score
            and (
                score_bands.next_min_score is null
                or {{ comparable_score('dated.score') }} < score_bands.next_min_score
            )
    left join ranks
        on
            dated.score_date = ranks.score_date
            and dated.entity_type = ranks.entity_type
            and dated.points = ranks.points
)

select * from final
