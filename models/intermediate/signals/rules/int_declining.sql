-- One row per score date and user who has lost most of a good score within one window.
select
    states.score_date,
    'user' as entity_type,
    states.user_id as entity_id,
    'declining' as signal,
    states.score,
    states.previous_score,
    cast(1 - states.points_retention_rate as {{ type_double() }}) as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_user_signal_inputs') }} as states
cross join {{ ref('signal_rules') }} as rules
where
    rules.entity_type = 'user'
    and rules.signal = 'declining'
    and states.previous_score >= rules.min_previous_score
    and states.points_retention_rate <= 1 - rules.min_fall
