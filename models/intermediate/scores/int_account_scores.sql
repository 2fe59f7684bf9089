-- One row per score date and account with points in this window or the previous one: the engagement
-- score, and who uses the product in the account. Seats are today's, and members those known today.
{{ config(materialized='ephemeral') }}

with

scores as (
    select * from {{ ref('int_entity_scores') }}
    where entity_type = 'account'
),

account_usage as (
    select * from {{ ref('int_account_usage') }}
),

member_counts as (
    select * from {{ ref('int_member_counts') }}
),

accounts as (
    select * from {{ ref('int_accounts') }}
),

final as (
    select
        scores.score_date,
        scores.entity_id as account_id,
        scores.version,
        scores.points,
        scores.winsorized_points,
        scores.winsorized_share,
        scores.score,
        scores.rank,
        scores.percentile_rank,
        scores.band,
        scores.previous_points,
        scores.previous_score,
        scores.score_change,
        scores.trend,
        scores.active_days,
        scores.scored_events,
        scores.distinct_scored_events,
        coalesce(account_usage.active_users, 0) as active_users,
        coalesce(member_counts.members, 0) as members,
        {{ rate('coalesce(account_usage.active_users, 0)', 'member_counts.members') }} as coverage,
        accounts.seats,
        {{ rate('coalesce(account_usage.active_users, 0)', 'accounts.seats') }} as seat_utilization,
        account_usage.mean_user_score,
        coalesce(account_usage.total_user_score, 0) as total_user_score,
        account_usage.champion_user_id,
        account_usage.champion_concentration
    from scores
    left join account_usage
        on
            scores.score_date = account_usage.score_date
            and scores.entity_id = account_usage.account_id
    left join member_counts
        on
            scores.entity_id = member_counts.account_id
            and scores.score_date >= member_counts.counted_from
            and scores.score_date < member_counts.counted_until
    left join accounts on scores.entity_id = accounts.account_id
)

select * from final
