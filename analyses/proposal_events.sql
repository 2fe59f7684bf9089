-- One row per event: how often it happened, to how many users and accounts, on how many of their
-- days, and lately. Of accepted events, as they have been read. Read by engagement init.

with

accepted as (
    select * from {{ ref('int_accepted_events') }}
),

bounds as (
    select
        max(event_date) as last_day,
        count(distinct account_id) as all_accounts,
        count(distinct nullif(user_id, '')) as all_users
    from accepted
)

select
    accepted.event_name,
    sum(accepted.events) as events,
    count(distinct nullif(accepted.user_id, '')) as users,
    count(distinct accepted.account_id) as accounts,
    count(*) as user_days,
    max(accepted.event_date) as last_on,
    sum(
        case
            when accepted.event_date > {{ add_days('bounds.last_day', -28) }} then accepted.events
            else 0
        end
    ) as recent_events,
    sum(
        case
            when accepted.event_date > {{ add_days('bounds.last_day', -28) }} then 0
            when accepted.event_date > {{ add_days('bounds.last_day', -56) }} then accepted.events
            else 0
        end
    ) as previous_events,
    bounds.last_day,
    bounds.all_accounts,
    bounds.all_users
from accepted
cross join bounds
group by
    accepted.event_name,
    bounds.last_day,
    bounds.all_accounts,
    bounds.all_users
order by events desc, accepted.event_name asc
