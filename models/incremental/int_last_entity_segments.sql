-- One row per entity, dimension and time as of the last run, with which the next one compares.
-- depends_on: {{ ref('int_stale_segments') }}

select * from {{ ref('int_entity_segments') }}
