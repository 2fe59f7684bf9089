-- One row per day, received user, account (received or found, or none) and event: how often it happened. Ids
-- are resolved, each event has its one account, and what is excluded is marked. All other models start from
-- here; days after as_of are still among them.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['event_date', 'received_user_id'],
    meta={
        'holds': 'what was read',
        'replaced': 'int_replaced_counts',
        'made_again': ['event_date', 'int_recounted_days'],
    },
) }}

{% if is_incremental() -%}
select * from {{ ref('int_resolved_counts') }}
{%- else -%}
select * from {{ ref('int_resolved_events') }}
{%- endif %}
-- depends_on: {{ ref('int_resolved_counts') }}, {{ ref('int_resolved_events') }}
-- depends_on: {{ ref('int_replaced_counts') }}, {{ ref('int_recounted_days') }}
-- depends_on: {{ ref('int_count_changes') }}
