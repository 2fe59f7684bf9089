-- One row per built score date, entity type, dimension and value with anybody in the window: how many were
-- active and scored, and the means of their scores and adoption rates.

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where
        is_built
        and {{ restated('score_date', 'attributes') }}
),

entity_windows as (
    select entity_windows.*
    from {{ ref('int_entity_windows') }} as entity_windows
    inner join score_dates
        on
            entity_windows.score_date = score_dates.score_date
            and entity_windows.version = score_dates.version
),

scores as (
    select scores.*
    from {{ ref('int_entity_scores') }} as scores
    inner join score_dates on scores.score_date = score_dates.score_date
    where scores.points > 0
),

adoption as (
    select adoption.*
    from {{ ref('int_entity_adoption') }} as adoption
    inner join score_dates on adoption.score_date = score_dates.score_date
    where adoption.is_active
),

figures as (
    select
        entity_windows.score_date,
        entity_windows.entity_type,
        entity_windows.entity_id,
        entity_windows.active_days > 0 as is_active,
        scores.score,
        adoption.adoption_rate
    from entity_windows
    left join scores
        on
            entity_windows.score_date = scores.score_date
            and entity_windows.entity_type = scores.entity_type
            and entity_windows.entity_id = scores.entity_id
    left join adoption
        on
            entity_windows.score_date = adoption.score_date
            and entity_windows.entity_type = adoption.entity_type
            and entity_windows.entity_id = adoption.entity_id
),

final as (
    select
        figures.score_date,
        figures.entity_type,
        segments.dimension,
        segments.value,
        count(case when figures.is_active then 1 end) as active_entities,
        count(figures.score) as scored_entities,
        {{ mean_score('figures.score') }} as mean_score,
        count(figures.adoption_rate) as adoptable_entities,
        {{ mean_rate('figures.adoption_rate') }} as adoption_rate
    from figures
    inner join {{ ref('int_entity_segments') }} as segments
        on
            figures.entity_type = segments.entity_type
            and figures.entity_id = segments.entity_id
            and figures.score_date >= segments.valid_from
            and figures.score_date < segments.valid_until
    group by figures.score_date, figures.entity_type, segments.dimension, segments.value
)

select * from final
