-- One row per score date and account that is new or on trial and has milestones: how far it has
-- come, when it last moved, and which step is next. An account is new while onboarding_stuck can
-- apply to it.

with

-- One row, also where the rule has been taken out.
rules as (
    select max(max_days) as max_days from {{ seed('signal_rules') }}
    where signal = 'onboarding_stuck'
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_built
),

steps as (
    select * from {{ ref('int_activation_steps') }}
    where entity_type = 'account'
),

account_periods as (
    select * from {{ ref('int_account_periods') }}
),

entities as (
    select distinct
        entity_id as account_id,
        signup_on
    from steps
),

new_accounts as (
    select
        score_dates.score_date,
        entities.account_id,
        entities.signup_on,
        account_periods.status
    from entities
    cross join rules
    inner join score_dates on entities.signup_on <= score_dates.score_date
    inner join account_periods
        on
            entities.account_id = account_periods.account_id
            and score_dates.score_date >= account_periods.valid_from
            and score_dates.score_date < account_periods.valid_until
    where
        account_periods.status = 'trial'
        or score_dates.score_date <= {{ add_days('entities.signup_on', 'rules.max_days') }}
),

counted as (
    select
        new_accounts.score_date,
        new_accounts.account_id,
        new_accounts.signup_on,
        new_accounts.status,
        count(case when steps.tracked_from <= new_accounts.score_date then 1 end) as milestones,
        count(case when steps.reached_on <= new_accounts.score_date then 1 end) as milestones_reached,
        max(
            case
                when steps.reached_on > new_accounts.signup_on and steps.reached_on <= new_accounts.score_date
                    then steps.reached_on
                else new_accounts.signup_on
            end
        ) as last_step_on,
        min(
            case when coalesce(steps.reached_on > new_accounts.score_date, true) then steps.position end
        ) as next_position
    from new_accounts
    inner join steps on new_accounts.account_id = steps.entity_id
    group by
        new_accounts.score_date,
        new_accounts.account_id,
        new_accounts.signup_on,
        new_accounts.status
),

final as (
    select
        counted.score_date,
        counted.account_id,
        counted.status,
        {{ days_between('counted.signup_on', 'counted.score_date') }} as days_since_signup,
        {{ rate('counted.milestones_reached', 'counted.milestones') }} as activation_rate,
        {{ days_between('counted.last_step_on', 'counted.score_date') }} as days_since_step,
        steps.milestone as next_milestone
    from counted
    left join steps
        on
            counted.account_id = steps.entity_id
            and counted.next_position = steps.position
)

select * from final
