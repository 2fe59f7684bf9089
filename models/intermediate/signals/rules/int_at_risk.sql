-- One row per score date and customer with a low score that has lost much of its usage within one
-- window.
select
    inputs.score_date,
    'account' as entity_type,
    inputs.account_id as entity_id,
    'at_risk' as signal,
    inputs.score,
    inputs.previous_score,
    cast(1 - inputs.points_retention_rate as {{ type_double() }}) as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_account_signal_inputs') }} as inputs
cross join {{ seed('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'at_risk'
    and inputs.is_customer
    and inputs.score > 0
    and inputs.score <= rules.max_score
    and inputs.points_retention_rate <= 1 - rules.min_fall
