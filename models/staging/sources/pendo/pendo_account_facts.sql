-- One row per account and day with answers to a poll of type NPSRating: nps, the share of answers of 9 and 10
-- less that of 0 to 6, times 100. A visitor's last answer to a poll on a day counts.

{{ config(enabled='pendo' in var('sources')) }}

{% set polls, answers = source_table('pendo', 'polls'), source_table('pendo', 'poll_events') -%}
with

ratings as (
    select distinct {{ input_column(polls, 'id') }} as poll_id
    from {{ polls['from'] }}
    where lower({{ input_column(polls, 'attribute_type') }}) = 'npsrating'
),

answers as (
    select
        {{ input_column(answers, 'account_id') }} as account_id,
        {{ input_column(answers, 'visitor_id') }} as user_id,
        {{ input_column(answers, 'poll_id') }} as poll_id,
        {{ input_column(answers, 'timestamp') }} as answered_at,
        {{ input_column(answers, 'poll_response') }} as rating
    from {{ answers['from'] }}
),

ranked as (
    select
        answers.account_id,
        {{ local_date('answers.answered_at') }} as measured_on,
        answers.rating,
        row_number() over (
            partition by
                answers.account_id, answers.user_id, answers.poll_id, {{ local_date('answers.answered_at') }}
            order by answers.answered_at desc, answers.rating asc
        ) as recency
    from answers
    inner join ratings on answers.poll_id = ratings.poll_id
    where
        answers.account_id is not null
        and answers.answered_at is not null
        and answers.rating between 0 and 10
)

select
    account_id,
    measured_on,
    'nps' as name,
    100.0 * sum(case when rating >= 9 then 1 when rating < 7 then -1 else 0 end) / count(*) as value
from ranked
where recency = 1
group by account_id, measured_on
