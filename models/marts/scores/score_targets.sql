-- One row per account with points in the latest window or the one before, but for those in the top band: the
-- points to the next band, and the steps that get there. A selection of band_targets.

with

band_targets as (
    select * from {{ ref('band_targets') }}
    where not is_reached
),

scores as (
    select * from {{ ref('int_entity_scores') }}
    where entity_type = 'account'
),

ranked as (
    select
        *,
        row_number() over (partition by account_id order by target_min_score) as position
    from band_targets
),

final as (
    select
        ranked.score_date,
        ranked.account_id,
        scores.version,
        scores.band,
        scores.score,
        scores.points,
        ranked.cap,
        ranked.calibration_status,
        ranked.target_band,
        ranked.target_min_score,
        ranked.target_points,
        ranked.points_missing,
        ranked.target_status,
        ranked.steps,
        ranked.step_events,
        ranked.step_users,
        ranked.step_more_users,
        ranked.steps_start_on
    from ranked
    inner join scores
        on
            ranked.score_date = scores.score_date
            and ranked.account_id = scores.entity_id
    where ranked.position = 1
)

select * from final
