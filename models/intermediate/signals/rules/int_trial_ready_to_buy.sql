-- One row per score date and account on trial that is well on the way to first value and uses the product.
select
    states.score_date,
    'account' as entity_type,
    states.account_id as entity_id,
    'trial_ready' as signal,
    states.score,
    states.previous_score,
    onboarding.activation_rate as measured_value,
    cast(states.trial_ends_on as {{ type_text() }}) as evidence
from {{ ref('int_account_signal_inputs') }} as states
cross join {{ ref('signal_rules') }} as rules
inner join {{ ref('int_onboarding_progress') }} as onboarding
    on
        states.score_date = onboarding.score_date
        and states.account_id = onboarding.account_id
where
    rules.entity_type = 'account'
    and rules.signal = 'trial_ready'
    and states.status = 'trial'
    and states.score >= rules.min_score
    and onboarding.activation_rate >= rules.min_share
