-- One row per score date, version and entity, as first published. A date is published once under a
-- version, whole, after its scores have passed their tests. Nothing rewrites it, not even a full
-- refresh; an entity without a row scored 0.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='fail',
    indexes=indexes_on(['score_date']),
) }}
{% set restated_dates = restated('score_date', 'scores') -%}
{% set new_dates = restated_dates if this_run().follows_publication else '1 = 1' -%}

with

scores as (
    select * from {{ ref('int_entity_scores') }}
    where {{ new_dates }}
),

calibrations as (
    select * from {{ ref('int_calibrations') }}
),

{% if is_incremental() -%}
published_dates as (
    select distinct
        score_date,
        version
    from {{ this }}
    where {{ new_dates }}
),

{% endif -%}
final as (
    select
        scores.score_date,
        scores.entity_type,
        scores.entity_id,
        scores.version,
        scores.points,
        scores.score,
        scores.rank,
        scores.band,
        calibrations.cap,
        {{ run_started() }} as published_at
    from scores
    left join calibrations
        on
            scores.score_date = calibrations.score_date
            and scores.version = calibrations.version
            and scores.entity_type = calibrations.entity_type
            and scores.normalization_group = calibrations.normalization_group
    {%- if is_incremental() %}
    left join published_dates
        on
            scores.score_date = published_dates.score_date
            and scores.version = published_dates.version
    where published_dates.score_date is null
    {%- endif %}
)

select * from final
-- depends_on: {{ ref('user_scores') }}, {{ ref('account_scores') }}
