-- One row per score date, entity type and bin of 5 points of score with anybody in it: how the population
-- is spread.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='score_date',
    on_schema_change='fail',
    meta={'replaced': 'int_stale_scores'},
) }}

with

binned as (
    select
        scores.score_date,
        scores.entity_type,
        cast(floor(least({{ comparable_score('scores.score') }}, 99) / 5) * 5 as integer) as min_score
    from {{ ref('int_entity_scores') }} as scores
    inner join {{ ref('int_stale_scores') }} as stale_scores
        on scores.score_date = stale_scores.score_date
    where scores.points > 0
),

counted as (
    select
        score_date,
        entity_type,
        min_score,
        count(*) as entities
    from binned
    group by score_date, entity_type, min_score
),

final as (
    select
        score_date,
        entity_type,
        min_score,
        entities,
        {{ rate('entities', 'sum(entities) over (partition by score_date, entity_type)') }} as share
    from counted
)

select * from final
