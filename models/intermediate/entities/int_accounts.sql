-- One row per account, listed or inferred from events, with today's attributes. Excluded accounts
-- are left out.

with

accounts as (
    select * from {{ ref('stg_accounts') }}
),

excluded_accounts as (
    select * from {{ seed('excluded_accounts') }}
),

totals as (
    select * from {{ ref('int_event_totals') }}
    where account_id is not null
),

seen as (
    select
        account_id,
        min(first_on) as first_seen_on,
        max(last_on) as last_seen_on,
        cast(sum(events) as bigint) as events
    from totals
    group by account_id
),

combined as (
    select
        coalesce(accounts.account_id, seen.account_id) as account_id,
        accounts.parent_account_id,
        accounts.name,
        accounts.plan,
        accounts.status,
        accounts.industry,
        accounts.owner,
        accounts.seats,
        accounts.trial_ends_on,
        accounts.renews_on,
        accounts.account_id is null as is_inferred,
        accounts.created_at,
        coalesce({{ local_date('accounts.created_at') }}, seen.first_seen_on) as signup_on,
        seen.first_seen_on,
        seen.last_seen_on,
        coalesce(seen.events, 0) as events
    from accounts
    full outer join seen on accounts.account_id = seen.account_id
),

final as (
    select combined.*
    from combined
    left join excluded_accounts on combined.account_id = excluded_accounts.account_id
    where excluded_accounts.account_id is null
)

select * from final
