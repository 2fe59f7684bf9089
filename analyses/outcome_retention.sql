-- One row per account that was ever followed: the band of its first followed score date, and after how
-- many days its first month without revenue begins (has_left); or how long it is known to have paid, if
-- no such month has come or its contracts ended as agreed. Read by engagement evaluate.

with

entries as (
    select
        account_id,
        min(score_date) as score_date,
        min(month_before) as month_before
    from {{ ref('int_followed_accounts') }}
    group by account_id
),

known as (
    select max(outcome_dates.month_after) as last_month
    from {{ ref('int_outcome_dates') }} as outcome_dates
    where outcome_dates.is_known
),

-- A month whose revenue is unknown is no end.
paying_months as (
    select
        account_id,
        month,
        ended_as_agreed,
        {{ period_start('month', add_days('month', 31)) }} as following_month,
        lead(month) over (partition by account_id order by month) as next_month
    from {{ ref('int_monthly_revenue') }}
    where
        mrr > 0
        or mrr is null
),

last_months as (
    select
        entries.account_id,
        min(paying_months.month) as month
    from entries
    inner join paying_months
        on
            entries.account_id = paying_months.account_id
            and entries.month_before <= paying_months.month
    where
        paying_months.next_month is null
        or paying_months.next_month > paying_months.following_month
    group by entries.account_id
),

followed as (
    select
        entries.account_id,
        entries.score_date,
        paying_months.following_month,
        paying_months.following_month <= known.last_month as has_ended,
        coalesce(paying_months.ended_as_agreed, false) as is_agreed,
        case
            when paying_months.following_month <= known.last_month
                then {{ period_end('month', 'paying_months.month') }}
            else {{ period_end('month', 'known.last_month') }}
        end as last_known_day
    from entries
    inner join last_months on entries.account_id = last_months.account_id
    inner join paying_months
        on
            last_months.account_id = paying_months.account_id
            and last_months.month = paying_months.month
    cross join known
    where known.last_month is not null
),

predictors as (
    select * from {{ ref('int_outcome_predictors') }}
),

final as (
    select
        followed.account_id,
        followed.score_date,
        coalesce(predictors.band, 'inactive') as band,
        coalesce(predictors.score, 0) as score,
        followed.has_ended and not followed.is_agreed as has_left,
        greatest(
            case
                when followed.has_ended and not followed.is_agreed
                    then {{ days_between('followed.score_date', 'followed.following_month') }}
                else {{ days_between('followed.score_date', 'followed.last_known_day') }}
            end,
            0
        ) as days
    from followed
    left join predictors
        on
            followed.score_date = predictors.score_date
            and followed.account_id = predictors.account_id
)

select * from final
