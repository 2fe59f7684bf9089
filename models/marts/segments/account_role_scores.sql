-- One row per score date, account and role with an active or scored user: how the groups inside an
-- account use the product.
{{ config(indexes=indexes_on(['score_date', 'account_id'])) }}

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where
        is_built
        and {{ restated('score_date', 'attributes') }}
),

user_account_windows as (
    select
        user_account_windows.score_date,
        user_account_windows.account_id,
        user_account_windows.user_id,
        user_account_windows.points,
        {{ bitset_is_not_empty(active_day_bitsets()) }} as is_active
    from {{ ref('int_user_account_windows') }} as user_account_windows
    inner join score_dates
        on
            user_account_windows.score_date = score_dates.score_date
            and user_account_windows.version = score_dates.version
    where user_account_windows.account_id is not null
),

users as (
    select * from {{ ref('int_users') }}
),

user_scores as (
    select user_scores.*
    from {{ ref('int_entity_scores') }} as user_scores
    inner join score_dates on user_scores.score_date = score_dates.score_date
    where
        user_scores.entity_type = 'user'
        and user_scores.points > 0
),

by_role as (
    select
        user_account_windows.score_date,
        user_account_windows.account_id,
        coalesce(users.role, 'unknown') as role,
        count(case when user_account_windows.is_active then 1 end) as active_users,
        count(user_scores.score) as scored_users,
        {{ mean_score('user_scores.score') }} as mean_user_score,
        {{ as_decimal('sum(user_account_windows.points)', 38, 12) }} as points
    from user_account_windows
    inner join users on user_account_windows.user_id = users.user_id
    left join user_scores
        on
            user_account_windows.score_date = user_scores.score_date
            and user_account_windows.user_id = user_scores.entity_id
    where
        user_account_windows.is_active
        or user_account_windows.points > 0
    group by user_account_windows.score_date, user_account_windows.account_id, coalesce(users.role, 'unknown')
),

final as (
    select
        score_date,
        account_id,
        role,
        active_users,
        scored_users,
        mean_user_score,
        points,
        {{ rate('points', 'sum(points) over (partition by score_date, account_id)') }} as share_of_points
    from by_role
)

select * from final
