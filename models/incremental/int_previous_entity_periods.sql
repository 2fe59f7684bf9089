-- One row per entity and period of its attributes, as of the last run. The next run compares with
-- it.
-- depends_on: {{ ref('int_restated_entities') }}

select * from {{ ref('int_entity_periods') }}
