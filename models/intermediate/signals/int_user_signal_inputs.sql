-- One row per score date and user with points in this window or the previous one: the inputs that
-- the rules of users share. Scores are rounded so that comparisons agree across engines.
{{ config(materialized='view') }}

with

scores as (
    select * from {{ ref('int_entity_scores') }}
    where entity_type = 'user'
),

users as (
    select * from {{ ref('int_users') }}
),

user_accounts as (
    select * from {{ ref('int_user_accounts') }}
),

final as (
    select
        scores.score_date,
        scores.entity_id as user_id,
        user_accounts.account_id,
        users.is_champion,
        {{ comparable_score('scores.score') }} as score,
        {{ comparable_score('scores.previous_score') }} as previous_score,
        scores.previous_points,
        {{ comparable_score(rate('scores.points', 'scores.previous_points')) }} as points_retention_rate,
        scores.active_days
    from scores
    inner join users on scores.entity_id = users.user_id
    inner join user_accounts
        on
            scores.entity_id = user_accounts.user_id
            and scores.score_date >= user_accounts.valid_from
            and scores.score_date < user_accounts.valid_until
)

select * from final
