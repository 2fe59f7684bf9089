-- One row per score date and customer that still scores, but hardly, and has lost much of its use within
-- one window.
select
    states.score_date,
    'account' as entity_type,
    states.account_id as entity_id,
    'at_risk' as signal,
    states.score,
    states.previous_score,
    cast(1 - states.points_retention_rate as {{ type_double() }}) as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_account_signal_inputs') }} as states
cross join {{ ref('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'at_risk'
    and states.is_customer
    and states.score > 0
    and states.score <= rules.max_score
    and states.points_retention_rate <= 1 - rules.min_fall
