-- One row per built score date and account with users that were active or have points: the number
-- of active users, their scores, and the champion.

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where
        is_built
        and {{ restated('score_date', 'scores') }}
),

user_account_windows as (
    select user_account_windows.*
    from {{ ref('int_user_account_windows') }} as user_account_windows
    inner join score_dates
        on
            user_account_windows.score_date = score_dates.score_date
            and user_account_windows.version = score_dates.version
    where user_account_windows.account_id is not null
),

user_scores as (
    select user_scores.*
    from {{ ref('int_entity_scores') }} as user_scores
    inner join score_dates on user_scores.score_date = score_dates.score_date
    where user_scores.entity_type = 'user'
),

active_user_scores as (
    select
        user_account_windows.score_date,
        user_account_windows.account_id,
        count(*) as active_users,
        {{ mean_score('coalesce(user_scores.score, 0)') }} as mean_user_score,
        cast(sum({{ comparable_score('coalesce(user_scores.score, 0)') }}) as {{ type_double() }})
            as total_user_score
    from user_account_windows
    left join user_scores
        on
            user_account_windows.score_date = user_scores.score_date
            and user_account_windows.user_id = user_scores.entity_id
    where
        user_account_windows.user_id <> ''
        and {{ bitset_is_not_empty(active_day_bitsets()) }}
    group by user_account_windows.score_date, user_account_windows.account_id
),

account_points as (
    select
        score_date,
        account_id,
        max(case when user_id <> '' then points end) as most_points,
        sum(points) as points
    from user_account_windows
    where points > 0
    group by score_date, account_id
),

champion_users as (
    select
        score_date,
        account_id,
        {{ first_text('user_id') }} as champion_user_id
    from user_account_windows
    where
        user_id <> ''
        and {{ in_rows_of(
            'account_points', ['score_date', 'account_id', 'points'], ['score_date', 'account_id', 'most_points']
        ) }}
    group by score_date, account_id
),

champions as (
    select
        champion_users.score_date,
        champion_users.account_id,
        champion_users.champion_user_id,
        {{ rate('account_points.most_points', 'account_points.points') }} as champion_concentration
    from champion_users
    inner join account_points
        on
            champion_users.score_date = account_points.score_date
            and champion_users.account_id = account_points.account_id
),

final as (
    select
        coalesce(active_user_scores.score_date, champions.score_date) as score_date,
        coalesce(active_user_scores.account_id, champions.account_id) as account_id,
        coalesce(active_user_scores.active_users, 0) as active_users,
        active_user_scores.mean_user_score,
        coalesce(active_user_scores.total_user_score, 0) as total_user_score,
        champions.champion_user_id,
        champions.champion_concentration
    from active_user_scores
    full outer join champions
        on
            active_user_scores.score_date = champions.score_date
            and active_user_scores.account_id = champions.account_id
)

select * from final
