-- One row per cohort and number of months since, of those that were first active in a month. Read
-- by engagement dashboard.

select
    entity_type,
    cohort,
    months_since,
    members,
    active,
    retention_rate,
    revenue_accounts,
    mrr_before,
    mrr_after,
    revenue_retention_rate
from {{ ref('cohort_retention') }}
where cohort_by = 'first_activity'
order by entity_type, cohort, months_since
