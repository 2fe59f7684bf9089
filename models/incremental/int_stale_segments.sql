-- One row per score date whose segments must be added up again: its scores or its adoption have been, or
-- somebody who did something in its window belongs to another segment than in the last run.

{% set last_segments = built_relation('int_last_entity_segments') or ref('int_entity_segments') -%}

with

segments as (
    select * from {{ ref('int_entity_segments') }}
),

-- Where only the end of a segment has moved, its time before that is as it was.
moved as (
    select
        coalesce(segments.entity_type, last_segments.entity_type) as entity_type,
        coalesce(segments.entity_id, last_segments.entity_id) as entity_id,
        min(
            case
                when segments.value = last_segments.value
                    then least(segments.valid_until, last_segments.valid_until)
                else coalesce(segments.valid_from, last_segments.valid_from)
            end
        ) as moved_from
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
    group by
        coalesce(segments.entity_type, last_segments.entity_type),
        coalesce(segments.entity_id, last_segments.entity_id)
)

select score_date from {{ ref('int_stale_scores') }}
union distinct
select score_date from {{ ref('int_stale_adoption') }}
union distinct
select entity_windows.score_date
from {{ ref('int_entity_windows') }} as entity_windows
inner join moved
    on
        entity_windows.entity_type = moved.entity_type
        and entity_windows.entity_id = moved.entity_id
        and entity_windows.score_date >= moved.moved_from
