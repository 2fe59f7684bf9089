-- One row per score date and account on trial that uses the product and is well on the way to first
-- value.
select
    inputs.score_date,
    'account' as entity_type,
    inputs.account_id as entity_id,
    'trial_ready' as signal,
    inputs.score,
    inputs.previous_score,
    onboarding.activation_rate as measured_value,
    case
        when inputs.trial_ends_on is null then 'its end is not known'
        when inputs.trial_ends_on < inputs.score_date then 'it was to end on '
        else 'it ends on '
    end || coalesce(cast(inputs.trial_ends_on as {{ type_text() }}), '') as evidence
from {{ ref('int_account_signal_inputs') }} as inputs
cross join {{ seed('signal_rules') }} as rules
inner join {{ ref('int_onboarding_progress') }} as onboarding
    on
        inputs.score_date = onboarding.score_date
        and inputs.account_id = onboarding.account_id
where
    rules.entity_type = 'account'
    and rules.signal = 'trial_ready'
    and inputs.status = 'trial'
    and inputs.score >= rules.min_score
    and onboarding.activation_rate >= rules.min_share
