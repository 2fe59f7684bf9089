-- An actor that is none of those known gives its events to nobody's score.
{{ config(severity='warn') }}

select
    'events.actor is ' || actor || ' (rows: ' || cast(sum(source_rows) as {{ type_text() }})
    || '), none of human, agent, api: such events do not score; say in actor_rules what it is' as warning
from {{ ref('int_daily_totals') }}
where actor not in ('agent', 'api')
group by actor
