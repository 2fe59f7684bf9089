-- One row per entity of a type with a change on the date (empty: the latest), or only the one named: the
-- change and its parts. Read by engagement explain and dashboard.

with

latest as (
    select max(score_date) as score_date from {{ ref('score_changes') }}
)

select
    changes.entity_id,
    changes.previous_date,
    changes.score_date,
    changes.version,
    changes.published_previous_score,
    changes.score,
    changes.correction_change,
    changes.version_change,
    changes.population_change,
    changes.behaviour_change,
    changes.instrumentation_change,
    changes.cap,
    changes.previous_cap,
    changes.score_date = latest.score_date as is_latest
from {{ ref('score_changes') }} as changes
cross join latest
where
    changes.entity_type = '{{ var('entity_type', 'account') }}'
    and '{{ var('entity_id', 'a') }}' in ('', changes.entity_id)
    and cast(changes.score_date as {{ type_text() }}) = coalesce(
        nullif('{{ var('score_date', '') }}', ''),
        cast(latest.score_date as {{ type_text() }})
    )
