-- One row per entity and key feature: its first use as of the last run, with which the next one compares.
-- depends_on: {{ ref('int_restated_entities') }}

select * from {{ ref('int_first_uses') }}
