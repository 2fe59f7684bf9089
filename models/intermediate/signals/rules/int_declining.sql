-- One row per score date and user with a good previous score who has lost most of
-- the points within one window.
select
    inputs.score_date,
    'user' as entity_type,
    inputs.user_id as entity_id,
    'declining' as signal,
    inputs.score,
    inputs.previous_score,
    cast(1 - inputs.points_retention_rate as {{ type_double() }}) as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_user_signal_inputs') }} as inputs
cross join {{ seed('signal_rules') }} as rules
where
    rules.entity_type = 'user'
    and rules.signal = 'declining'
    and inputs.previous_score >= rules.min_previous_score
    and inputs.points_retention_rate <= 1 - rules.min_fall
