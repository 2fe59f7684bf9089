-- One row per built score date and account with active users or members: how many there are, what
-- the users score, and who the champion is.

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_built
),

active_users as (
    select * from {{ ref('int_member_windows') }}
    where is_active
),

user_scores as (
    select * from {{ ref('int_entity_scores') }}
    where entity_type = 'user'
),

member_counts as (
    select * from {{ ref('int_member_counts') }}
),

champions as (
    select * from {{ ref('int_champions') }}
),

accounts as (
    select * from {{ ref('int_accounts') }}
),

active_user_scores as (
    select
        active_users.score_date,
        active_users.account_id,
        count(*) as active_users,
        {{ mean_score('coalesce(user_scores.score, 0)') }} as mean_user_score,
        cast(sum({{ comparable_score('coalesce(user_scores.score, 0)') }}) as {{ type_double() }})
            as total_user_score
    from active_users
    left join user_scores
        on
            active_users.score_date = user_scores.score_date
            and active_users.user_id = user_scores.entity_id
    group by active_users.score_date, active_users.account_id
),

final as (
    select
        score_dates.score_date,
        accounts.account_id,
        coalesce(active_user_scores.active_users, 0) as active_users,
        coalesce(member_counts.members, 0) as members,
        {{ rate('coalesce(active_user_scores.active_users, 0)', 'member_counts.members') }} as coverage,
        accounts.seats,
        {{ rate('coalesce(active_user_scores.active_users, 0)', 'accounts.seats') }} as seat_utilization,
        active_user_scores.mean_user_score,
        coalesce(active_user_scores.total_user_score, 0) as total_user_score,
        champions.champion_user_id,
        champions.champion_concentration
    from score_dates
    cross join accounts
    left join active_user_scores
        on
            score_dates.score_date = active_user_scores.score_date
            and accounts.account_id = active_user_scores.account_id
    left join member_counts
        on
            score_dates.score_date = member_counts.score_date
            and accounts.account_id = member_counts.account_id
    left join champions
        on
            score_dates.score_date = champions.score_date
            and accounts.account_id = champions.account_id
    where
        active_user_scores.account_id is not null
        or member_counts.account_id is not null
        or champions.account_id is not null
)

select * from final
