-- One row per score date and customer with several active users who use few of the features of the plan.
select
    states.score_date,
    'account' as entity_type,
    states.account_id as entity_id,
    'needs_training' as signal,
    states.score,
    states.previous_score,
    states.adoption_rate as measured_value,
    cast(states.active_users as {{ type_text() }}) as evidence
from {{ ref('int_account_signal_inputs') }} as states
cross join {{ ref('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'needs_training'
    and states.is_customer
    and states.active_users >= rules.min_count
    and states.adoption_rate <= rules.max_share
