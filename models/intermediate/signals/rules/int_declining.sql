-- A user who scores much less than one window earlier.
select
    states.score_date,
    'user' as entity_type,
    states.user_id as entity_id,
    'declining' as signal,
    states.score,
    states.previous_score,
    cast(states.score - states.previous_score as {{ type_double() }}) as value,
    cast(null as {{ type_text() }}) as detail
from {{ ref('int_user_states') }} as states
cross join {{ ref('signal_rules') }} as rules
where
    rules.entity_type = 'user'
    and rules.signal = 'declining'
    and states.previous_score >= rules.min_previous_score
    and states.score <= states.previous_score * (1 - rules.min_fall)
