-- One row per entity and period of its attributes as of the last run, with which the next one compares.
-- depends_on: {{ ref('int_restated_entities') }}

select * from {{ ref('int_entity_periods') }}
