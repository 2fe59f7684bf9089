-- One row per score date and new account that has reached few milestones, and none for days.

with

rules as (
    select * from {{ seed('signal_rules') }}
    where
        entity_type = 'account'
        and signal = 'onboarding_stuck'
),

stuck as (
    select onboarding.*
    from {{ ref('int_onboarding_progress') }} as onboarding
    -- Not a cross join: DuckDB 2.0 then loses the dates without a score.
    inner join rules
        on
            onboarding.days_since_signup <= rules.max_days
            and onboarding.days_since_step >= rules.min_days
            and onboarding.activation_rate <= rules.max_share
    where
        coalesce(onboarding.status, 'paying') <> 'churned'
        and onboarding.next_milestone is not null
),

inputs as (
    select * from {{ ref('int_account_signal_inputs') }}
),

final as (
    select
        stuck.score_date,
        'account' as entity_type,
        stuck.account_id as entity_id,
        'onboarding_stuck' as signal,
        coalesce(inputs.score, {{ comparable_score('0') }}) as score,
        inputs.previous_score,
        cast(stuck.days_since_step as {{ type_double() }}) as measured_value,
        stuck.next_milestone as evidence
    from stuck
    left join inputs
        on
            stuck.score_date = inputs.score_date
            and stuck.account_id = inputs.account_id
)

select * from final
