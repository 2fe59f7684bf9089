-- One row per band of an account with points in the latest window or the one before, the lowest first: the
-- points that it takes, and the steps. Read by engagement explain.

select
    targets.score_date,
    scores.version,
    scores.band,
    scores.score,
    scores.points,
    targets.target_band,
    targets.target_min_score,
    targets.is_reached,
    targets.cap,
    targets.calibration_status,
    targets.target_points,
    targets.points_missing,
    targets.target_status,
    targets.steps,
    targets.step_events,
    targets.step_users,
    targets.step_more_users,
    targets.steps_start_on
from {{ ref('band_targets') }} as targets
inner join {{ ref('account_scores') }} as scores
    on
        targets.score_date = scores.score_date
        and targets.account_id = scores.account_id
where targets.account_id = '{{ var('entity_id', 'a') }}'
order by targets.target_min_score
