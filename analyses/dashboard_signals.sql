-- One row per signal of an account or of its users that is open or closed in the four weeks before, in
-- the order of their severity; none of the hold-out. Read by engagement dashboard.

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
    signals.is_dismissed
from {{ ref('signals') }} as signals
cross join {{ ref('publication') }} as publication
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
