{#- A sentence of signal_rules with its placeholders filled: {score}, {previous_score}, {measured_value} and
    {window_days} as whole numbers, {percent} as 100 x measured_value, {evidence} and {user} as they are. What is not
    known is an empty text. Arguments: SQL. -#}
{% macro filled_sentence(sentence, score, previous_score, measured_value, evidence, window_days, user) -%}
    {%- set parts = {
        'score': whole_number(score),
        'previous_score': whole_number(previous_score),
        'measured_value': whole_number(measured_value),
        'percent': whole_number('100 * ' ~ measured_value),
        'evidence': evidence,
        'window_days': whole_number(window_days),
        'user': user,
    } -%}
    {%- for _ in parts %}replace({% endfor -%}
    {{ sentence }}
    {%- for name, text in parts.items() %}, '{' || '{{ name }}' || '}', coalesce({{ text }}, '')){% endfor -%}
{%- endmacro %}


{#- A number as text, rounded to a whole one; halves go up. -#}
{% macro whole_number(number) -%}
    cast(cast(floor({{ number }} + 0.5) as bigint) as {{ type_text() }})
{%- endmacro %}
