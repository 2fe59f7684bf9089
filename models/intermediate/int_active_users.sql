-- One row per score date, entity and user active in it in the window.

select distinct
    window_days.score_date,
    active_days.entity_type,
    active_days.entity_id,
    active_days.user_id
from {{ ref('int_active_days') }} as active_days
inner join {{ ref('int_window_days') }} as window_days
    on
        active_days.event_date = window_days.event_date
        and window_days.is_built
