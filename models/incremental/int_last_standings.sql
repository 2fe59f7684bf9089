-- One row per received id: its standing as of the last run, with which the next one compares.
-- depends_on: {{ ref('int_changed_standings') }}

select * from {{ ref('int_standings') }}
