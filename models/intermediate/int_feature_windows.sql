-- One row per built score date, entity and key feature that it used in the window.
-- Each day of use counts until the next one, so every feature counts once.

select
    window_days.score_date,
    feature_days.entity_type,
    feature_days.entity_id,
    feature_days.feature
from {{ ref('int_feature_days') }} as feature_days
inner join {{ ref('int_window_days') }} as window_days
    on
        feature_days.event_date = window_days.event_date
        and window_days.is_built
        and (
            feature_days.next_event_date is null
            or feature_days.next_event_date > window_days.score_date
        )
