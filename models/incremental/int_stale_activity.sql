-- One row per day whose rolling numbers of actives must be counted again: a day within their window has
-- changed.

select distinct days.date_day as activity_date
from {{ ref('int_days') }} as days
inner join {{ ref('int_changed_days') }} as changed_days
    on
        days.date_day >= changed_days.event_date
        and days.date_day < {{ add_days('changed_days.event_date', [var('active_window_days'), 7] | max) }}
