-- One row per score date and customer with several users, one of whom has most of the points.
select
    inputs.score_date,
    'account' as entity_type,
    inputs.account_id as entity_id,
    'depends_on_one_champion' as signal,
    inputs.score,
    inputs.previous_score,
    inputs.champion_concentration as measured_value,
    inputs.champion_user_id as evidence
from {{ ref('int_account_signal_inputs') }} as inputs
cross join {{ seed('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'depends_on_one_champion'
    and inputs.is_customer
    and inputs.score >= rules.min_score
    and inputs.active_users >= rules.min_count
    and inputs.champion_concentration >= rules.min_share
