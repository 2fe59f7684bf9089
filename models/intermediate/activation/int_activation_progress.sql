-- One row per built score date: the mean activation rate of the users and accounts that had signed
-- up by then, if an event of a milestone had occurred by then.

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_built
),

steps as (
    select * from {{ ref('int_activation_steps') }}
),

step_days as (
    select
        entity_type,
        tracked_from,
        coalesce(signup_on, cast('0001-01-01' as date)) as changed_on,
        count(*) as steps,
        0 as reached_steps
    from steps
    group by entity_type, tracked_from, coalesce(signup_on, cast('0001-01-01' as date))
    union all
    select
        entity_type,
        tracked_from,
        greatest(reached_on, coalesce(signup_on, reached_on)) as changed_on,
        0 as steps,
        count(*) as reached_steps
    from steps
    where reached_on is not null
    group by entity_type, tracked_from, greatest(reached_on, coalesce(signup_on, reached_on))
),

final as (
    select
        score_dates.score_date,
        {{ rate(
            "sum(case when step_days.entity_type = 'user' then step_days.reached_steps end)",
            "sum(case when step_days.entity_type = 'user' then step_days.steps end)"
        ) }} as user_activation_rate,
        {{ rate(
            "sum(case when step_days.entity_type = 'account' then step_days.reached_steps end)",
            "sum(case when step_days.entity_type = 'account' then step_days.steps end)"
        ) }} as account_activation_rate
    from score_dates
    inner join step_days
        on
            score_dates.score_date >= step_days.changed_on
            and score_dates.score_date >= step_days.tracked_from
    group by score_dates.score_date
)

select * from final
