-- One row per date to score as of the last run, with which the next one compares.
-- depends_on: {{ ref('int_stale_windows') }}

select * from {{ ref('int_score_dates') }}
