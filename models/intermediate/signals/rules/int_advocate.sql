-- One row per score date and customer of some age with a high score, most of whose members are active, and
-- whose use does not fall.
select
    states.score_date,
    'account' as entity_type,
    states.account_id as entity_id,
    'advocate' as signal,
    states.score,
    states.previous_score,
    states.coverage as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_account_signal_inputs') }} as states
cross join {{ ref('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'advocate'
    and states.is_customer
    and states.days_since_signup >= rules.min_days
    and states.score >= rules.min_score
    and states.coverage >= rules.min_share
    and coalesce(states.trend, 'steady') <> 'cooling'
