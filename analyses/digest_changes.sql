-- One row per signal whose state differs from what the last digest reported. A signal that opened
-- and closed in between is left out, and so is one that closed and reopened; those dismissed, and of the
-- hold-out, too. Read by engagement digest.

with

signals as (
    select
        *,
        first_value(change) over (
            partition by entity_type, entity_id, signal order by recorded_at
        ) as first_change,
        row_number() over (
            partition by entity_type, entity_id, signal order by recorded_at desc
        ) as recency
    from {{ ref('signal_history') }}
    where
        recorded_at <= cast('{{ var('until', '2026-01-01 00:00:00') }}' as {{ type_timestamp() }})
        and recorded_at > cast('{{ var('after', '0001-01-01 00:00:00') }}' as {{ type_timestamp() }})
),

dismissed as (
    select
        entity_type,
        entity_id,
        signal,
        opened_on
    from {{ ref('signals') }}
    where is_dismissed
),

held_out as (
    select distinct account_id
    from {{ ref('signals') }}
    where is_held_out
)

select
    case
        when signals.first_change = 'opened' and signals.change = 'reopened' then 'opened'
        else signals.change
    end as change,
    signals.entity_type,
    signals.entity_id,
    users.email,
    signals.signal,
    signals.kind,
    signals.severity,
    signals.opened_on,
    signals.sentence,
    signals.account_id,
    accounts.name,
    accounts.mrr,
    case when accounts.account_id is null then signals.owner else accounts.owner end as owner
from signals
left join {{ ref('account_profiles') }} as accounts on signals.account_id = accounts.account_id
left join {{ ref('user_profiles') }} as users
    on
        signals.entity_id = users.user_id
        and signals.entity_type = 'user'
left join held_out on signals.account_id = held_out.account_id
left join dismissed
    on
        signals.entity_type = dismissed.entity_type
        and signals.entity_id = dismissed.entity_id
        and signals.signal = dismissed.signal
        and signals.opened_on = dismissed.opened_on
where
    signals.recency = 1
    and dismissed.signal is null
    and held_out.account_id is null
    and (
        signals.change = 'opened'
        or (
            signals.change = 'reopened'
            and signals.first_change in ('opened', 'reopened')
        )
        or (
            signals.change in ('closed', 'withdrawn')
            and signals.first_change in ('closed', 'withdrawn')
        )
    )
