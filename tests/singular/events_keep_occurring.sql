-- An event with 20 or more a day that has none on the last two days on which it usually occurs, mostly
-- because it is no longer sent, or is sent under another name.
{{ config(severity='error' if var('volume_gate') == 'stop' else 'warn') }}
-- depends_on: {{ ref('run_history') }} (so that a failure skips the publication alone)

with

usual_days as (
    select
        *,
        row_number() over (partition by event_name order by event_date desc) as days_back
    from {{ ref('int_volumes') }}
    where
        event_name <> ''
        and usual_events >= 20
        and {{ is_no_quiet_day('event_date') }}
),

last_days as (
    select
        event_name,
        sum(events) as events,
        min(event_date) as since,
        min(usual_events) as usual_events
    from usual_days
    where days_back <= 2
    group by event_name
    having count(*) = 2
)

select
    'the event ' || event_name || ' has not occurred since ' || cast(since as {{ type_text() }}) || ', and '
    || cast(cast(usual_events as bigint) as {{ type_text() }}) || ' a day are usual' as warning
from last_days
where events = 0
