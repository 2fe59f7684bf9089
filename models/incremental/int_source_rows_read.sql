-- One row per source row that this run reads. A full run reads all of them. Any other run reads the
-- rows of touched days and, among rows without a credible day, those loaded on or after the day of
-- the watermark or at an unknown time.
{{ config(materialized='view') }}

{% set run = this_run() -%}

select * from {{ ref('stg_events') }}
{%- if not run.reads_everything %}
where
    {{ within_touched_days() }}
    and event_date in (select touched_days.event_date from {{ ref('int_touched_days') }} as touched_days)
union all
select * from {{ ref('stg_events') }}
where
    event_date is null
    and loaded_at is not null
    and {{ loaded_since(run.watermark.strftime('%Y-%m-%d')) }}
union all
select * from {{ ref('stg_events') }}
where
    event_date is null
    and {{ has_no_load_time() }}
{%- endif %}
-- depends_on: {{ ref('int_run') }}, {{ ref('int_touched_days') }}
