-- One row: the run that readers see. This is the last step of a run: its materialization publishes
-- all public tables, and those of the var published_models, if every model and test before it passed
-- (docs/publication.md).
{{ config(materialized='publication') }}
{{- refuse_unusual_names() }}

{% set now = modules.datetime.datetime.now(modules.pytz.utc) -%}
{% for name in [
    'account_activation', 'account_adoption', 'account_features', 'account_priorities', 'account_profiles',
    'account_risk', 'account_role_scores', 'account_scores', 'activation_steps', 'activity', 'band_targets',
    'cohort_retention', 'erased_users', 'event_inventory', 'feature_adoption', 'feature_impact', 'lifecycle',
    'product_scores', 'published_risk', 'published_scores', 'published_signals', 'rejected_events',
    'run_history', 'score_calibrations', 'score_change_drivers', 'score_changes', 'score_contributions',
    'score_distributions', 'score_outcomes', 'score_targets', 'score_validation', 'scored_event_days',
    'segment_scores', 'signal_history', 'signals', 'tracking_incidents', 'user_activation', 'user_adoption', 'user_profiles',
    'user_scores',
] if name not in var('disabled_tables') -%}
-- depends_on: {{ ref(name) }}
{% endfor %}
{%- if 'score_validation' not in var('disabled_tables') %}
-- engagement evaluate reads this table, so its tests count, too: {{ ref('int_outcome_risk') }}
{%- endif %}
{%- for name in var('published_models') %}
-- depends_on: {{ ref(project_name, name) }}
{% endfor %}
select
    run_id,
    started_at,
    as_of,
    cast('{{ now.strftime("%Y-%m-%d %H:%M:%S") }}' as {{ type_timestamp() }}) as published_at
from {{ ref('int_run_record') }}
