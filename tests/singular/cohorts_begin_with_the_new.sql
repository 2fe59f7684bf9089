-- Who forms a cohort by first activity is who was new in its month, and was active in it.

with

cohorts as (
    select
        entity_type,
        cohort_month,
        members,
        active
    from {{ ref('cohort_retention') }}
    where
        cohort_by = 'first_activity'
        and cohort <> 'before'
        and months_since = 0
),

newcomers as (
    select
        entity_type,
        period_start,
        entities
    from {{ ref('lifecycle') }}
    where
        period = 'month'
        and state = 'new'
        and entities > 0
)

select
    coalesce(cohorts.entity_type, newcomers.entity_type) as entity_type,
    coalesce(cohorts.cohort_month, newcomers.period_start) as cohort_month,
    cohorts.members,
    cohorts.active,
    newcomers.entities
from cohorts
full outer join newcomers
    on
        cohorts.entity_type = newcomers.entity_type
        and cohorts.cohort_month = newcomers.period_start
where
    not coalesce(cohorts.members = newcomers.entities, false)
    or not coalesce(cohorts.active = newcomers.entities, false)
