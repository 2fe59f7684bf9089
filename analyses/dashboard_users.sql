-- One row per user, the highest score first. Read by engagement dashboard.

select
    user_id,
    account_id,
    role,
    signup_on,
    last_seen_on,
    score,
    band,
    previous_score,
    score_change,
    trend,
    rank,
    active_days,
    is_champion,
    features_available,
    features_used,
    milestones,
    milestones_reached,
    next_milestone
from {{ ref('user_profiles') }}
where is_internal is null or not is_internal
order by score desc, {{ in_byte_order('user_id') }}
