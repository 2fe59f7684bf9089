-- One row per score date and entity with points in one of two versions: its points, score and band
-- in both. An entity that a version does not score has 0. Read by engagement compare.

with

first_scores as (
    select * from {{ var('first_scores', 'engagement.user_scores') }}
),

second_scores as (
    select * from {{ var('second_scores', 'engagement.user_scores') }}
),

paired as (
    select
        coalesce(first_scores.score_date, second_scores.score_date) as score_date,
        coalesce(
            first_scores.{{ var('entity_type', 'user') }}_id,
            second_scores.{{ var('entity_type', 'user') }}_id
        ) as entity_id,
        coalesce(first_scores.points, 0) as points_a,
        coalesce(first_scores.score, 0) as score_a,
        coalesce(first_scores.band, 'inactive') as band_a,
        coalesce(second_scores.points, 0) as points_b,
        coalesce(second_scores.score, 0) as score_b,
        coalesce(second_scores.band, 'inactive') as band_b
    from first_scores
    full outer join second_scores
        on
            first_scores.score_date = second_scores.score_date
            and first_scores.{{ var('entity_type', 'user') }}_id
            = second_scores.{{ var('entity_type', 'user') }}_id
)

select * from paired
where points_a > 0 or points_b > 0
