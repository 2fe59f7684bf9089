-- One row per score date whose segments must be added up again: its scores or its adoption have been, or an entity
-- belongs to another segment than in the last run, then or before.

{% set last_segments = built_relation('int_last_entity_segments') or ref('int_entity_segments') -%}

with

segments as (
    select * from {{ ref('int_entity_segments') }}
),

moved as (
    select min(coalesce(segments.valid_from, last_segments.valid_from)) as moved_from
    from segments
    full outer join {{ last_segments }} as last_segments
        on
            segments.entity_type = last_segments.entity_type
            and segments.entity_id = last_segments.entity_id
            and segments.dimension = last_segments.dimension
            and segments.valid_from = last_segments.valid_from
    where
        not coalesce(segments.value = last_segments.value, false)
        or not coalesce(segments.valid_until = last_segments.valid_until, false)
)

select score_date from {{ ref('int_stale_scores') }}
union distinct
select score_date from {{ ref('int_stale_adoption') }}
union distinct
select score_dates.score_date
from {{ ref('int_score_dates') }} as score_dates
inner join moved on score_dates.score_date >= moved.moved_from
