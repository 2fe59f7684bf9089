-- One row per built score date and entity that was active or used a key feature in the window: how
-- many of its available features (launched, and in its plan) it used.
{{ config(indexes=indexes_on(['score_date', 'entity_id'])) }}

{% set feature_columns = feature_bitsets() -%}

with

entity_windows as (
    select * from {{ ref('int_entity_windows') }}
    where
        (active_days > 0 or {{ bitset_is_not_empty(feature_columns) }})
        and {{ restated('score_date', 'entities') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_built
),

entity_periods as (
    select * from {{ ref('int_entity_periods') }}
),

plan_features as (
    select * from {{ ref('int_plan_features') }}
),

features_used_to_date as (
    select * from {{ ref('int_features_used_to_date') }}
),

compared as (
    select
        entity_windows.score_date,
        entity_windows.entity_type,
        entity_windows.entity_id,
        entity_windows.active_days > 0 as is_active,
        plan_features.plan,
        plan_features.is_tracked,
        {{ select_columns(feature_columns, 'plan_features.{} as available_{}') }},
        {{ select_columns(
            feature_columns, bits_in_both('entity_windows.{}', 'plan_features.{}') ~ ' as {}'
        ) }},
        {{ select_columns(
            feature_columns, bits_in_both('coalesce(features_used_to_date.{}, 0)', 'plan_features.{}') ~ ' as ever_{}'
        ) }}
    from entity_windows
    inner join score_dates
        on
            entity_windows.score_date = score_dates.score_date
            and entity_windows.version = score_dates.version
    left join entity_periods
        on
            entity_windows.entity_type = entity_periods.entity_type
            and entity_windows.entity_id = entity_periods.entity_id
            and entity_windows.score_date >= entity_periods.valid_from
            and entity_windows.score_date < entity_periods.valid_until
    inner join plan_features
        on
            entity_windows.score_date = plan_features.score_date
            and coalesce(entity_periods.plan, '') = plan_features.plan
    left join features_used_to_date
        on
            entity_windows.entity_type = features_used_to_date.entity_type
            and entity_windows.entity_id = features_used_to_date.entity_id
            and entity_windows.score_date >= features_used_to_date.used_from
            and entity_windows.score_date < features_used_to_date.used_until
),

final as (
    select
        score_date,
        entity_type,
        entity_id,
        is_active,
        plan,
        {{ adoption_figures(feature_columns) }},
        {{ feature_columns | join(', ') }}
    from compared
)

select * from final
