-- One row per outcome, horizon, predictor and measure, as engagement evaluate last computed them
-- from int_outcomes. Any other run leaves the table as it is.
{% set measured = fromjson(env_var('ENGAGEMENT_SCORE_VALIDATION', 'null')) -%}
{% set rows = [] -%}
{% for values in (measured or [])[1:] -%}
{% do rows.append(dict(zip(measured[0], values))) -%}
{% endfor -%}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=measured is not none,
    on_schema_change='append_new_columns',
) }}

{{ literal_rows(rows, {
    'outcome': type_text(),
    'horizon_days': 'integer',
    'predictor': type_text(),
    'measure': type_text(),
    'validation_status': type_text(),
    'value': type_double(),
    'lower_bound': type_double(),
    'upper_bound': type_double(),
    'verdict': type_text(),
    'observations': 'bigint',
    'accounts': 'bigint',
    'outcome_accounts': 'bigint',
    'first_score_date': 'date',
    'last_score_date': 'date',
}) }}
-- depends_on: {{ ref('int_outcomes') }}
