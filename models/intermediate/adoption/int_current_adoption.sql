-- One row per entity: how many of the features available to it on as_of it used in the window, and
-- to date; and which are available and used in the window, as sets of bits.

{% set feature_columns = feature_bitsets() -%}

with

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

entity_periods as (
    select * from {{ ref('int_entity_periods') }}
),

plan_features as (
    select * from {{ ref('int_plan_features') }}
),

-- A version that is to come is scored on as_of too: the next scores are compared with it.
entity_windows as (
    select entity_windows.*
    from {{ ref('int_entity_windows') }} as entity_windows
    inner join {{ ref('int_score_dates') }} as score_dates
        on
            entity_windows.score_date = score_dates.score_date
            and entity_windows.version = score_dates.version
    where score_dates.is_in_force
),

features_used_to_date as (
    select * from {{ ref('int_features_used_to_date') }}
),

compared as (
    select
        entity_periods.entity_type,
        entity_periods.entity_id,
        plan_features.is_tracked,
        {{ select_columns(feature_columns, 'plan_features.{} as available_{}') }},
        {{ select_columns(
            feature_columns, bits_in_both('coalesce(entity_windows.{}, 0)', 'plan_features.{}') ~ ' as {}'
        ) }},
        {{ select_columns(
            feature_columns, bits_in_both('coalesce(features_used_to_date.{}, 0)', 'plan_features.{}') ~ ' as ever_{}'
        ) }}
    from entity_periods
    inner join bounds
        on
            entity_periods.valid_from <= bounds.as_of
            and entity_periods.valid_until > bounds.as_of
    inner join plan_features
        on
            bounds.as_of = plan_features.score_date
            and coalesce(entity_periods.plan, '') = plan_features.plan
    left join entity_windows
        on
            bounds.as_of = entity_windows.score_date
            and entity_periods.entity_type = entity_windows.entity_type
            and entity_periods.entity_id = entity_windows.entity_id
    left join features_used_to_date
        on
            entity_periods.entity_type = features_used_to_date.entity_type
            and entity_periods.entity_id = features_used_to_date.entity_id
            and bounds.as_of >= features_used_to_date.used_from
            and bounds.as_of < features_used_to_date.used_until
),

final as (
    select
        entity_type,
        entity_id,
        {{ adoption_figures(feature_columns) }},
        {{ select_columns(feature_columns, 'available_{}') }},
        {{ feature_columns | join(', ') }}
    from compared
)

select * from final
