-- One row per score date and user who comes often but uses few of the plan's features.
select
    inputs.score_date,
    'user' as entity_type,
    inputs.user_id as entity_id,
    'needs_training' as signal,
    inputs.score,
    inputs.previous_score,
    adoption.adoption_rate as measured_value,
    cast(inputs.active_days as {{ type_text() }}) as evidence
from {{ ref('int_user_signal_inputs') }} as inputs
cross join {{ seed('signal_rules') }} as rules
inner join {{ ref('int_entity_adoption') }} as adoption
    on
        inputs.score_date = adoption.score_date
        and inputs.user_id = adoption.entity_id
where
    rules.entity_type = 'user'
    and rules.signal = 'needs_training'
    and adoption.entity_type = 'user'
    and inputs.active_days >= rules.min_days
    and adoption.adoption_rate <= rules.max_share
