-- One row per score date and customer with several active users who use few of the plan's features.
select
    inputs.score_date,
    'account' as entity_type,
    inputs.account_id as entity_id,
    'needs_training' as signal,
    inputs.score,
    inputs.previous_score,
    inputs.adoption_rate as measured_value,
    cast(inputs.active_users as {{ type_text() }}) as evidence
from {{ ref('int_account_signal_inputs') }} as inputs
cross join {{ seed('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'needs_training'
    and inputs.is_customer
    and inputs.active_users >= rules.min_count
    and inputs.adoption_rate <= rules.max_share
