-- One row per score date and customer with nearly all seats in use and usage that is not falling.
select
    inputs.score_date,
    'account' as entity_type,
    inputs.account_id as entity_id,
    'ready_to_expand' as signal,
    inputs.score,
    inputs.previous_score,
    inputs.seat_utilization as measured_value,
    cast(inputs.active_users as {{ type_text() }})
    || ' of ' || cast(inputs.seats as {{ type_text() }}) as evidence
from {{ ref('int_account_signal_inputs') }} as inputs
cross join {{ seed('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'ready_to_expand'
    and inputs.is_customer
    and inputs.score >= rules.min_score
    and inputs.seat_utilization >= rules.min_share
    and coalesce(inputs.trend, 'steady') <> 'cooling'
