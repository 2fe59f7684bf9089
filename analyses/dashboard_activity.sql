-- One row per day of the last half year and entity type: how many were active. Read by engagement
-- dashboard.

select
    activity.activity_date,
    activity.entity_type,
    activity.daily_active,
    activity.weekly_active,
    activity.monthly_active,
    activity.stickiness_rate
from {{ ref('activity') }} as activity
cross join {{ ref('publication') }} as publication
where activity.activity_date > {{ add_days('publication.as_of', -182) }}
order by activity.activity_date, activity.entity_type
