{#- A condition: an event has none of the names that a source leaves out, and begins with none of the prefixes, or the var
    source_events_kept names it. An event without a name is kept, so that it is rejected and counted. -#}
{% macro is_kept_event(event_name, names, prefixes) -%}
    {%- set left_out, kept, conditions = [], [], [] -%}
    {%- for name in names if name not in var('source_events_kept') -%}
        {%- do left_out.append(text_literal(name)) -%}
    {%- endfor -%}
    {%- for name in var('source_events_kept') -%}{%- do kept.append(text_literal(name | string)) -%}{%- endfor -%}
    {%- if left_out -%}
        {%- do conditions.append(event_name ~ ' in (' ~ left_out | join(', ') ~ ')') -%}
    {%- endif -%}
    {%- for prefix in prefixes -%}
        {%- do conditions.append(
            'substr(' ~ event_name ~ ', 1, ' ~ prefix | length ~ ') = ' ~ text_literal(prefix)
            ~ (' and ' ~ event_name ~ ' not in (' ~ kept | join(', ') ~ ')' if kept else '')
        ) -%}
    {%- endfor -%}
    {{ return('(' ~ event_name ~ ' is null or not (' ~ (conditions or ['1 = 0']) | join(' or ') ~ '))') }}
{%- endmacro %}
