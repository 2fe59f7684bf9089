-- One row per score date and user with a high score who comes often.
select
    inputs.score_date,
    'user' as entity_type,
    inputs.user_id as entity_id,
    'power_user' as signal,
    inputs.score,
    inputs.previous_score,
    cast(inputs.active_days as {{ type_double() }}) as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_user_signal_inputs') }} as inputs
cross join {{ seed('signal_rules') }} as rules
where
    rules.entity_type = 'user'
    and rules.signal = 'power_user'
    and inputs.score >= rules.min_score
    and inputs.active_days >= rules.min_days
