-- One row per signal of an account or of its users that is open or closed in the four weeks before,
-- in the order of their severity; none of the hold-out. is_new: it opened after the publication
-- before. Read by engagement dashboard.

with

published_runs as (
    select
        as_of,
        row_number() over (order by started_at desc) as recency
    from {{ ref('run_history') }}
    where status = 'published'
)

select
    signals.account_id,
    signals.entity_type,
    signals.entity_id,
    signals.signal,
    signals.kind,
    signals.severity,
    signals.opened_on,
    signals.closed_on,
    signals.is_open,
    signals.due_on,
    signals.is_overdue,
    signals.sentence,
    signals.action_state,
    signals.action_on,
    signals.action_by,
    signals.is_dismissed,
    coalesce(signals.opened_on > published_before.as_of, false) as is_new
from {{ ref('signals') }} as signals
cross join {{ ref('publication') }} as publication
left join published_runs as published_before on published_before.recency = 2
where
    signals.account_id is not null
    and not signals.is_held_out
    and (signals.is_open or signals.closed_on > {{ add_days('publication.as_of', -28) }})
order by
    {{ in_byte_order('signals.account_id') }},
    signals.is_open desc,
    case signals.severity when 'critical' then 1 when 'high' then 2 when 'medium' then 3 else 4 end,
    signals.entity_type,
    signals.opened_on desc,
    {{ in_byte_order('signals.signal') }},
    {{ in_byte_order('signals.entity_id') }}
