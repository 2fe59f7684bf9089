-- One row per outcome, horizon, predictor and measure, as engagement evaluate last computed them
-- from int_outcomes. Any other run leaves the table as it is.
{% set measured = fromjson(env_var('ENGAGEMENT_SCORE_VALIDATION', 'null')) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=measured is not none,
    on_schema_change='fail',
) }}

{{ literal_rows(measured or [], {
    'outcome': type_text(),
    'horizon_days': 'integer',
    'predictor': type_text(),
    'measure': type_text(),
    'validation_status': type_text(),
    'value': type_double(),
    'lower_bound': type_double(),
    'upper_bound': type_double(),
    'observations': 'bigint',
    'accounts': 'bigint',
    'outcome_accounts': 'bigint',
    'first_score_date': 'date',
    'last_score_date': 'date',
}) }}
-- depends_on: {{ ref('int_outcomes') }}
