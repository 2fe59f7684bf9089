-- One row per score date and customer that has lost much of its use within one window, and scores more
-- than one at_risk.
select
    states.score_date,
    'account' as entity_type,
    states.account_id as entity_id,
    'cooling' as signal,
    states.score,
    states.previous_score,
    cast(1 - states.points_retention_rate as {{ type_double() }}) as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_account_signal_inputs') }} as states
cross join {{ ref('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'cooling'
    and states.is_customer
    and states.score > rules.min_score
    and states.points_retention_rate <= 1 - rules.min_fall
