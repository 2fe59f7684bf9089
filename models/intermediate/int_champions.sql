-- One row per built score date and account with points: the user with the most of them.

with

member_points as (
    select member_points.*
    from {{ ref('int_member_points') }} as member_points
    inner join {{ ref('int_score_dates') }} as score_dates
        on
            member_points.score_date = score_dates.score_date
            and score_dates.is_built
    where member_points.entity_type = 'account'
),

ranked as (
    select
        score_date,
        entity_id as account_id,
        user_id,
        points,
        row_number() over (
            partition by score_date, entity_id
            order by points desc, user_id asc
        ) as place,
        sum(points) over (partition by score_date, entity_id) as account_points
    from member_points
),

final as (
    select
        score_date,
        account_id,
        user_id as champion_user_id,
        {{ rate('points', 'account_points') }} as champion_concentration
    from ranked
    where
        place = 1
        and account_points > 0
)

select * from final
