-- One row per user with an event that now counts for another number, and whether a day on which one of the
-- totals begins or ends has gone: such totals must be added up again.

{% set last_totals = built_relation('int_event_totals') -%}

with

changes as (
    select * from {{ ref('int_counted_changes') }}
),

lost as (
    select distinct changes.user_id
    from changes
    inner join {{ last_totals or ref('int_counted_changes') }} as totals
        on
            changes.events_after = 0
            and changes.user_id = totals.user_id
            and changes.event_name = totals.event_name
            and {{
                '(changes.event_date = totals.first_on or changes.event_date = totals.last_on)'
                if last_totals else '1 = 0'
            }}
)

select distinct
    changes.user_id,
    lost.user_id is not null as is_lost
from changes
left join lost on changes.user_id = lost.user_id
