-- What users, accounts and events contribute to the scores of the latest date is all of their points, to
-- the digit.

with

contributions as (
    {%- for entity_type in ['user', 'account'] %}
    select
        score_date,
        '{{ entity_type }}' as entity_type,
        {{ entity_type }}_id as entity_id,
        sum({{ entity_type }}_points) as points
    from {{ ref('score_contributions') }}
    where {{ entity_type }}_id is not null
    group by score_date, {{ entity_type }}_id
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

scores as (
    select scores.*
    from {{ ref('int_entity_scores') }} as scores
    inner join {{ ref('int_calendar_bounds') }} as bounds on scores.score_date = bounds.as_of
)

select
    coalesce(scores.entity_type, contributions.entity_type) as entity_type,
    coalesce(scores.entity_id, contributions.entity_id) as entity_id,
    scores.points,
    contributions.points as contributed_points
from scores
full outer join contributions
    on
        scores.entity_type = contributions.entity_type
        and scores.entity_id = contributions.entity_id
where coalesce(scores.points, 0) <> coalesce(contributions.points, 0)
