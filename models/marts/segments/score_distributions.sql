-- One row per score date, entity type and bin of 5 points of score with an entity in it: how the
-- scores of the population are spread.

with

binned as (
    select
        score_date,
        entity_type,
        cast(floor(least({{ comparable_score('score') }}, 99) / 5) * 5 as integer) as min_score
    from {{ ref('int_entity_scores') }}
    where
        points > 0
        and {{ restated('score_date', 'scores') }}
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
