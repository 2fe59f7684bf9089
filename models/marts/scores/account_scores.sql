-- One row per score date and account with points in this window or the previous one: the engagement
-- score, and who uses the product in the account. Seats are today's, and members those known today.
{{ config(
    materialized=public_view(),
    indexes=indexes_on(['score_date', 'account_id']),
) }}

select
    score_date,
    account_id,
    version,
    points,
    winsorized_points,
    winsorized_share,
    score,
    rank,
    percentile_rank,
    band,
    previous_points,
    previous_score,
    score_change,
    trend,
    active_days,
    scored_events,
    distinct_scored_events,
    active_users,
    members,
    coverage,
    seats,
    seat_utilization,
    mean_user_score,
    total_user_score,
    champion_user_id,
    champion_concentration
from {{ ref('int_account_scores') }}
