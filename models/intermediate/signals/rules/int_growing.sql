-- One row per score date and user whose score has risen within one window.
select
    states.score_date,
    'user' as entity_type,
    states.user_id as entity_id,
    'growing' as signal,
    states.score,
    states.previous_score,
    cast(states.score - states.previous_score as {{ type_double() }}) as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_user_signal_inputs') }} as states
cross join {{ ref('signal_rules') }} as rules
where
    rules.entity_type = 'user'
    and rules.signal = 'growing'
    and states.score - states.previous_score >= rules.min_change
