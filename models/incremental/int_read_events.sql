-- One row per source row that this run reads: those that may count on a touched day, or all.
{{ config(materialized='view') }}

{% set run = this_run() -%}

select *
from {{ ref('stg_events') }}
{%- if not run.reads_everything %}
where
    {{ near_touched_days() }}
    and occurred_on in (select event_date from {{ ref('int_touched_days') }})
{%- endif %}
-- depends_on: {{ ref('int_run') }}, {{ ref('int_touched_days') }}
