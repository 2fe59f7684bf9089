-- One row per score date and customer that has lost much of its usage within one window, with a
-- score above min_score: below, at_risk looks after it.
select
    inputs.score_date,
    'account' as entity_type,
    inputs.account_id as entity_id,
    'cooling' as signal,
    inputs.score,
    inputs.previous_score,
    cast(1 - inputs.points_retention_rate as {{ type_double() }}) as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_account_signal_inputs') }} as inputs
cross join {{ seed('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'cooling'
    and inputs.is_customer
    and inputs.score > rules.min_score
    and inputs.points_retention_rate <= 1 - rules.min_fall
