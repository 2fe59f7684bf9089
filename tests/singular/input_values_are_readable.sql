-- A value of an input that cannot be read as its type counts as empty: this names the columns where that
-- happens. What is unreadable in occurred_at is in rejected_events.
{{ config(severity='warn') }}

{% set selects = [] -%}
{% for name in input_contract() -%}
    {% set input_relation = input(name) -%}
    {% for column in unreadable_columns(input_relation) -%}
        {% do selects.append(
            "select '" ~ name ~ '.' ~ column ~ "' as input_column, count(*) as unreadable_values from "
            ~ input_relation['from'] ~ ' where ' ~ text_or_null(source_column(input_relation, column))
            ~ ' is not null and ' ~ input_column(input_relation, column) ~ ' is null'
        ) -%}
    {% endfor -%}
{% endfor -%}

select
    input_column,
    unreadable_values
from (
    {{ selects | join('\n    union all\n    ') or "select '' as input_column, 0 as unreadable_values" }}
) as counted
where unreadable_values > 0
