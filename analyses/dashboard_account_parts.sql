-- One row per account and role, feature or milestone: its part of the account, as of the last
-- complete day. state is that of a feature (used, not_used, used_before, unavailable) or milestone
-- (reached, missing). Read by engagement dashboard.

with

latest as (
    select max(score_date) as score_date from {{ ref('account_role_scores') }}
)

select
    'role' as part,
    scores.account_id,
    scores.role as name,
    cast(null as {{ type_text() }}) as state,
    cast(null as date) as since,
    scores.active_users as users,
    scores.mean_user_score as score
from {{ ref('account_role_scores') }} as scores
inner join latest on scores.score_date = latest.score_date

union all

select
    'feature' as part,
    account_id,
    feature as name,
    case
        when not is_available then 'unavailable'
        when is_used then 'used'
        when first_used_on is not null then 'used_before'
        else 'not_used'
    end as state,
    first_used_on as since,
    cast(null as integer) as users,
    cast(null as {{ type_double() }}) as score
from {{ ref('account_features') }}

union all

select
    'milestone' as part,
    entity_id as account_id,
    milestone as name,
    case when is_reached then 'reached' else 'missing' end as state,
    reached_on as since,
    cast(null as integer) as users,
    cast(null as {{ type_double() }}) as score
from {{ ref('activation_steps') }}
where entity_type = 'account'

order by part, account_id, name
