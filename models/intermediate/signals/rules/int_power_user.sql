-- One row per score date and user with a high score who comes often.
select
    states.score_date,
    'user' as entity_type,
    states.user_id as entity_id,
    'power_user' as signal,
    states.score,
    states.previous_score,
    cast(states.active_days as {{ type_double() }}) as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_user_signal_inputs') }} as states
cross join {{ ref('signal_rules') }} as rules
where
    rules.entity_type = 'user'
    and rules.signal = 'power_user'
    and states.score >= rules.min_score
    and states.active_days >= rules.min_days
