-- One row per score date and entity that did something in the window: its points, on how many days it was
-- active, how many different scored events it had, and which key features it used. With each the group
-- within which its points are calibrated.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='score_date',
    meta={'replaced': 'int_stale_windows'},
) }}

{% set name_columns = event_name_sets() -%}
{% set feature_columns = feature_sets() -%}
{% set day_columns = active_day_sets() -%}

with

entity_days as (
    select * from {{ ref('int_entity_days') }}
),

window_days as (
    select * from {{ ref('int_window_days') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
),

entity_periods as (
    select * from {{ ref('int_entity_periods') }}
),

window_totals as (
    select
        window_days.score_date,
        window_days.version,
        entity_days.entity_type,
        entity_days.entity_id,
        {{ window_points('entity_days.points', 'window_days.factor') }} as points,
        cast(sum(entity_days.scored_events) as bigint) as scored_events,
        {{ each(
            day_columns, union_of('case when entity_days.is_active then window_days.{} end') ~ ' as {}'
        ) }},
        {{ each(name_columns + feature_columns, union_of('entity_days.{}') ~ ' as {}') }}
    from entity_days
    inner join window_days
        on
            entity_days.version = window_days.version
            and entity_days.event_date = window_days.event_date
    group by
        window_days.score_date,
        window_days.version,
        entity_days.entity_type,
        entity_days.entity_id
),

final as (
    select
        window_totals.score_date,
        window_totals.version,
        window_totals.entity_type,
        window_totals.entity_id,
        case
            when score_dates.normalize_by is null then 'all'
            else coalesce(
                case score_dates.normalize_by
                    when 'plan' then entity_periods.plan
                    when 'status' then entity_periods.status
                    when 'owner' then entity_periods.owner
                    when 'industry' then entity_periods.industry
                end,
                'unknown'
            )
        end as normalization_group,
        window_totals.points,
        window_totals.scored_events,
        {{ set_size(day_columns) }} as active_days,
        {{ set_size(name_columns) }} as distinct_scored_events,
        {{ each(feature_columns, 'window_totals.{}') }}
    from window_totals
    inner join score_dates
        on
            window_totals.score_date = score_dates.score_date
            and window_totals.version = score_dates.version
    left join entity_periods
        on
            score_dates.normalize_by is not null
            and window_totals.entity_type = entity_periods.entity_type
            and window_totals.entity_id = entity_periods.entity_id
            and window_totals.score_date >= entity_periods.valid_from
            and window_totals.score_date < entity_periods.valid_until
)

select * from final
-- depends_on: {{ ref('int_stale_windows') }}
