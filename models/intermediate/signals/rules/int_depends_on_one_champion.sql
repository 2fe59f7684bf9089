-- One row per score date and customer with several users, of whom one has most of the points.
select
    states.score_date,
    'account' as entity_type,
    states.account_id as entity_id,
    'depends_on_one_champion' as signal,
    states.score,
    states.previous_score,
    states.champion_concentration as measured_value,
    states.champion_user_id as evidence
from {{ ref('int_account_signal_inputs') }} as states
cross join {{ ref('signal_rules') }} as rules
where
    rules.entity_type = 'account'
    and rules.signal = 'depends_on_one_champion'
    and states.is_customer
    and states.score >= rules.min_score
    and states.active_users >= rules.min_count
    and states.champion_concentration >= rules.min_share
