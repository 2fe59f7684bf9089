-- One row per built score date, entity type, dimension and value with an entity in the window: how
-- many entities were active and scored, and the means of their scores and adoption rates.

{% set columns = {} -%}
{% for attribute in segment_attributes() | map(attribute='column') | unique -%}
    {% do columns.update({attribute: 'attribute_' ~ loop.index}) -%}
{% endfor -%}

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

entity_periods as (
    select * from {{ ref('int_entity_periods') }}
),

segmented as (
    select
        figures.*,
        {%- for attribute, column in columns.items() %}
        {{ column }}_values.value as {{ column }},
        {%- endfor %}
        entity_periods.plan,
        entity_periods.status,
        entity_periods.owner,
        entity_periods.industry,
        entity_periods.role,
        {{ date_text(period_start('month', 'entity_periods.signup_on')) }} as signup_month,
        {{ segment_by_age('age', 'figures.score_date', 'entity_periods.signup_on') }} as age,
        {{ segment_by_age('tenure', 'figures.score_date', 'entity_periods.signup_on') }} as tenure
    from figures
    inner join entity_periods
        on
            figures.entity_type = entity_periods.entity_type
            and figures.entity_id = entity_periods.entity_id
            and figures.score_date >= entity_periods.valid_from
            and figures.score_date < entity_periods.valid_until
    {%- for attribute, column in columns.items() %}
    left join {{ ref('stg_attributes') }} as {{ column }}_values
        on
            {{ column }}_values.attribute = '{{ attribute }}'
            and figures.entity_type = {{ column }}_values.entity_type
            and figures.entity_id = {{ column }}_values.entity_id
    {%- endfor %}
),

final as (
    {%- for dimension, entity_types in segment_dimensions().items() %}
    {%- set column = columns.get(dimension, dimension) %}
    select
        score_date,
        entity_type,
        '{{ dimension }}' as dimension,
        coalesce({{ column }}, 'unknown') as value,
        count(case when is_active then 1 end) as active_entities,
        count(score) as scored_entities,
        {{ mean_score('score') }} as mean_score,
        count(adoption_rate) as adoptable_entities,
        {{ mean_rate('adoption_rate') }} as adoption_rate
    from segmented
    where entity_type in ({{ "'" ~ entity_types | join("', '") ~ "'" }})
    group by score_date, entity_type, {{ column }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
-- depends_on: {{ ref('stg_attributes') }}
