-- One row per entity whose attributes, or first uses of features, are others than in the last run, and
-- since when: what was published of it from then on is made again. None if the run starts over.

{% set last_first_uses = built_relation('int_last_first_uses') or ref('int_first_uses') -%}
{% set last_entity_periods = built_relation('int_last_entity_periods') or ref('int_entity_periods') -%}

with

first_uses as (
    select * from {{ ref('int_first_uses') }}
),

entity_periods as (
    select * from {{ ref('int_entity_periods') }}
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
    where not starts_over
),

changed_uses as (
    select
        coalesce(first_uses.entity_type, last_first_uses.entity_type) as entity_type,
        coalesce(first_uses.entity_id, last_first_uses.entity_id) as entity_id,
        least(
            coalesce(first_uses.first_used_on, last_first_uses.first_used_on),
            coalesce(last_first_uses.first_used_on, first_uses.first_used_on)
        ) as restated_from
    from first_uses
    full outer join {{ last_first_uses }} as last_first_uses
        on
            first_uses.entity_type = last_first_uses.entity_type
            and first_uses.entity_id = last_first_uses.entity_id
            and first_uses.feature = last_first_uses.feature
    where not coalesce(first_uses.first_used_on = last_first_uses.first_used_on, false)
),

changed_periods as (
    select
        coalesce(entity_periods.entity_type, last_entity_periods.entity_type) as entity_type,
        coalesce(entity_periods.entity_id, last_entity_periods.entity_id) as entity_id,
        coalesce(entity_periods.valid_from, last_entity_periods.valid_from) as restated_from
    from entity_periods
    full outer join {{ last_entity_periods }} as last_entity_periods
        on
            entity_periods.entity_type = last_entity_periods.entity_type
            and entity_periods.entity_id = last_entity_periods.entity_id
            and entity_periods.valid_from = last_entity_periods.valid_from
    where
        not coalesce(entity_periods.valid_until = last_entity_periods.valid_until, false)
        or coalesce(entity_periods.plan, '') <> coalesce(last_entity_periods.plan, '')
        or coalesce(entity_periods.status, '') <> coalesce(last_entity_periods.status, '')
        or coalesce(entity_periods.owner, '') <> coalesce(last_entity_periods.owner, '')
        or coalesce(entity_periods.industry, '') <> coalesce(last_entity_periods.industry, '')
),

changes as (
    select * from changed_uses
    union all
    select * from changed_periods
)

select
    changes.entity_type,
    changes.entity_id,
    min(changes.restated_from) as restated_from
from changes
cross join bounds
group by changes.entity_type, changes.entity_id
