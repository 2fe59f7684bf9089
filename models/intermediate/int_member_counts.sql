-- One row per built score date and account with members: how many there are.

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_built
),

members as (
    select * from {{ ref('int_account_members') }}
),

final as (
    select
        score_dates.score_date,
        members.account_id,
        count(distinct members.user_id) as members
    from score_dates
    inner join members
        on
            score_dates.score_date >= members.member_from
            and score_dates.score_date < members.member_until
    group by score_dates.score_date, members.account_id
)

select * from final
