-- One row per score date and customer whose seats are nearly all in use, and whose use does not fall.
select
    states.score_date,
    'account' as entity_type,
    states.account_id as entity_id,
    'ready_to_expand' as signal,
    states.score,
    states.previous_score,
    states.seat_utilization as measured_value,
    cast(states.active_users as {{ type_text() }})
    || ' of ' || cast(states.seats as {{ type_text() }}) as evidence
from {{ ref('int_account_signal_inputs') }} as states
cross join {{ ref('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'ready_to_expand'
    and states.is_customer
    and states.score >= rules.min_score
    and states.seat_utilization >= rules.min_share
    and coalesce(states.trend, 'steady') <> 'cooling'
