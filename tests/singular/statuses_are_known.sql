-- An account with another status than these is no customer and no trial: signals leave it out.
{{ config(severity='warn') }}

select
    'accounts.status is ' || status || ' (accounts: ' || cast(count(*) as {{ type_text() }})
    || '), none of trial, free, paying, churned: signals of customers and trials leave them out' as warning
from {{ ref('account_profiles') }}
where status not in ('trial', 'free', 'paying', 'churned')
group by status
