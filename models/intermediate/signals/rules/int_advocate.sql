-- One row per score date and established customer with a high score, most of whose members are
-- active, and whose usage is not falling.
select
    inputs.score_date,
    'account' as entity_type,
    inputs.account_id as entity_id,
    'advocate' as signal,
    inputs.score,
    inputs.previous_score,
    inputs.coverage as measured_value,
    cast(null as {{ type_text() }}) as evidence
from {{ ref('int_account_signal_inputs') }} as inputs
cross join {{ seed('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'advocate'
    and inputs.is_customer
    and inputs.days_since_signup >= rules.min_days
    and inputs.score >= rules.min_score
    and inputs.coverage >= rules.min_share
    and coalesce(inputs.trend, 'steady') <> 'cooling'
