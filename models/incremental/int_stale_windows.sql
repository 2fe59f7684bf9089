-- One row per score date whose window must be added up again, or has to go: a day in it has changed, it
-- was not there or not built in the last run or is no longer, or an attribute changed within which it is
-- calibrated. All score dates if the run starts over.

{% set last_score_dates = built_relation('int_last_score_dates') or ref('int_score_dates') -%}
{% set last_windows = built_relation('int_entity_windows') -%}

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
),

changed_days as (
    select * from {{ ref('int_changed_days') }}
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
),

final as (
    select score_dates.score_date
    from score_dates
    inner join changed_days
        on
            {{ add_days('score_dates.score_date', '-score_dates.window_days') }} < changed_days.event_date
            and score_dates.score_date >= changed_days.event_date
    union distinct
    select coalesce(score_dates.score_date, last_score_dates.score_date) as score_date
    from score_dates
    full outer join {{ last_score_dates }} as last_score_dates
        on
            score_dates.score_date = last_score_dates.score_date
            and score_dates.version = last_score_dates.version
    where
        score_dates.is_built is null
        or last_score_dates.is_built is null
        or score_dates.is_built <> last_score_dates.is_built
    {%- if last_windows %}
    union distinct
    select entity_windows.score_date
    from {{ last_windows }} as entity_windows
    inner join score_dates
        on
            entity_windows.score_date = score_dates.score_date
            and score_dates.normalize_by is not null
    inner join {{ ref('int_restated_entities') }} as restated_entities
        on
            entity_windows.entity_type = restated_entities.entity_type
            and entity_windows.entity_id = restated_entities.entity_id
            and entity_windows.score_date >= restated_entities.restated_from
    {%- endif %}
    union distinct
    select score_dates.score_date
    from score_dates
    inner join bounds on bounds.starts_over
)

select * from final
-- depends_on: {{ ref('int_restated_entities') }}
