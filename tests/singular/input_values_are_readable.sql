-- A value of an input that cannot be read as its type counts as empty: this names the columns where
-- that happens. What is unreadable in occurred_at is in rejected_events.
{{ config(severity='warn') }}

select
    input_column || ' cannot be read and counts as empty (rows: '
    || cast(unreadable_values as {{ type_text() }}) || ', such as ' || example || ')' as warning
from ({{ count_unreadable_values() }}) as counted
where unreadable_values > 0
