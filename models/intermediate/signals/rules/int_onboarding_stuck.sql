-- A new account that has taken few steps of activation, and none for days.
select
    onboarding.score_date,
    'account' as entity_type,
    onboarding.account_id as entity_id,
    'onboarding_stuck' as signal,
    coalesce(states.score, {{ comparable_score('0') }}) as score,
    states.previous_score,
    cast(onboarding.days_since_step as {{ type_double() }}) as value,
    onboarding.next_milestone as detail
from {{ ref('int_onboarding') }} as onboarding
cross join {{ ref('signal_rules') }} as rules
left join {{ ref('int_account_states') }} as states
    on
        onboarding.score_date = states.score_date
        and onboarding.account_id = states.account_id
where
    rules.entity_type = 'account'
    and rules.signal = 'onboarding_stuck'
    and coalesce(onboarding.status, 'paying') <> 'churned'
    and onboarding.days_since_signup <= rules.max_days
    and onboarding.days_since_step >= rules.min_days
    and onboarding.activation_rate <= rules.max_share
    and onboarding.next_milestone is not null
