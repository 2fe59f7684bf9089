-- One row per built score date and account with points: the user with the most of them.

with

member_points as (
    select * from {{ ref('int_member_windows') }}
    where points > 0
),

ranked as (
    select
        score_date,
        account_id,
        user_id,
        points,
        row_number() over (
            partition by score_date, account_id
            order by points desc, user_id asc
        ) as place,
        sum(points) over (partition by score_date, account_id) as account_points
    from member_points
),

final as (
    select
        score_date,
        account_id,
        user_id as champion_user_id,
        {{ rate('points', 'account_points') }} as champion_concentration
    from ranked
    where place = 1
)

select * from final
