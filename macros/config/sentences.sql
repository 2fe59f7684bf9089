{#- A sentence of signal_rules with its placeholders filled: {score}, {previous_score} and {measured_value} as whole numbers,
    {percent} as 100 x measured_value, {evidence} as it is. What is not known is an empty text. Arguments: SQL. -#}
{% macro filled_sentence(sentence, score, previous_score, measured_value, evidence) -%}
    {%- set parts = {
        'score': whole_number(score),
        'previous_score': whole_number(previous_score),
        'measured_value': whole_number(measured_value),
        'percent': whole_number('100 * ' ~ measured_value),
        'evidence': evidence,
    } -%}
    {%- for _ in parts %}replace({% endfor -%}
    {{ sentence }}
    {%- for name, text in parts.items() %}, '{' || '{{ name }}' || '}', coalesce({{ text }}, '')){% endfor -%}
{%- endmacro %}


{#- A number as text, rounded to a whole one; halves go up. -#}
{% macro whole_number(number) -%}
    cast(cast(floor({{ number }} + 0.5) as bigint) as {{ type_text() }})
{%- endmacro %}
