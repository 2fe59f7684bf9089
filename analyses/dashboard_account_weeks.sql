-- One row per account and Sunday with a score, the earliest first. Read by engagement dashboard.

with

latest as (
    select max(score_date) as score_date from {{ ref('account_scores') }}
),

weeks as (
    select distinct scores.score_date
    from {{ ref('product_scores') }} as scores
    cross join latest
    where scores.score_date > {{ add_days('latest.score_date', -182) }}
)

select
    scores.account_id,
    scores.score_date,
    scores.score
from {{ ref('account_scores') }} as scores
inner join weeks on scores.score_date = weeks.score_date
order by {{ in_byte_order('scores.account_id') }}, scores.score_date
