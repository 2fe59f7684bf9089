-- One row per score date and user whose score has risen within one window.
select
    inputs.score_date,
    'user' as entity_type,
    inputs.user_id as entity_id,
    'growing' as signal,
    inputs.score,
    inputs.previous_score,
    cast(inputs.score - inputs.previous_score as {{ type_double() }}) as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_user_signal_inputs') }} as inputs
cross join {{ seed('signal_rules') }} as rules
where
    rules.entity_type = 'user'
    and rules.signal = 'growing'
    and inputs.score - inputs.previous_score >= rules.min_change
