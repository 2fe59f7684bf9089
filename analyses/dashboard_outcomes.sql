-- One row per outcome, horizon and group of accounts (their decile or band): the accounts of all
-- score dates, and how many had the outcome. An account counts once for each date. Read by
-- engagement dashboard.

select
    outcome,
    horizon_days,
    group_by,
    group_value,
    count(*) as score_dates,
    sum(accounts) as accounts,
    sum(outcome_accounts) as outcome_accounts
from {{ ref('score_outcomes') }}
where
    group_by in ('decile', 'band')
    and outcome in ('churned', 'retained', 'expanded')
group by outcome, horizon_days, group_by, group_value
order by outcome, horizon_days, group_by, group_value
