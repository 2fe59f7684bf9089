{#- What the seeds derived_events and actor_rules say of an event as it was received (docs/configuration.md). Their
    conditions are compared with text; the SQL of them is written here, never in a seed. -#}

{#- The comparisons of a condition. -#}
{% macro comparisons() -%}
    {{ return([
        'is', 'is_not', 'starts_with', 'ends_with', 'contains', 'at_least', 'at_most', 'exists', 'missing',
    ]) }}
{%- endmacro %}


{#- Regular expression of a number, as JSON writes it or a person does. -#}
{% macro plain_number() -%}
    {{ return('[+-]?([0-9]{1,30}([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?') }}
{%- endmacro %}


{#- A text as a double; null where it is no number. -#}
{% macro number_of(text) -%}
    {{ return(
        'case when ' ~ full_match(text, plain_number()) ~ ' then ' ~ try_cast(text, type_double()) ~ ' end'
    ) }}
{%- endmacro %}


{#- Whether a text compares with a value of a seed as the seed says. -#}
{% macro compares(text, comparison, value) -%}
    {%- set literal, size = text_literal(value or ''), (value or '') | length -%}
    {%- if comparison == 'is' -%}
        {{ return(text ~ ' = ' ~ literal) }}
    {%- elif comparison == 'is_not' -%}
        {{ return('coalesce(' ~ text ~ ' <> ' ~ literal ~ ', true)') }}
    {%- elif comparison == 'starts_with' -%}
        {{ return('substr(' ~ text ~ ', 1, ' ~ size ~ ') = ' ~ literal) }}
    {%- elif comparison == 'ends_with' -%}
        {{ return(
            'case when length(' ~ text ~ ') >= ' ~ size ~ ' then substr(' ~ text ~ ', length(' ~ text ~ ') - ' ~ (size - 1)
            ~ ') = ' ~ literal ~ ' else false end'
        ) }}
    {%- elif comparison == 'contains' -%}
        {{ return('replace(' ~ text ~ ', ' ~ literal ~ ", '') <> " ~ text) }}
    {%- elif comparison in ('at_least', 'at_most') -%}
        {{ return(
            number_of(text) ~ (' >= ' if comparison == 'at_least' else ' <= ') ~ "cast('" ~ value ~ "' as "
            ~ type_double() ~ ')'
        ) }}
    {%- else -%}
        {{ return(text ~ (' is not null' if comparison == 'exists' else ' is null')) }}
    {%- endif -%}
{%- endmacro %}


{#- A property as text. properties: SQL of JSON text; path: keys and positions as a seed joins them, such as
    items/0/price. -#}
{% macro property_text(properties, path) -%}
    {%- set steps = [] -%}
    {%- for step in path.split('/') -%}
        {%- do steps.append(step | int if modules.re.fullmatch('[0-9]+', step) else step) -%}
    {%- endfor -%}
    {{ return(json_text(properties, steps)) }}
{%- endmacro %}


{#- The rules of a seed in their order, [{position, conditions: [row, ...]}, ...], each row as {column: text}. All
    conditions of a rule must hold. Without a seed to read, none. -#}
{% macro event_rules(name, columns) -%}
    {%- set relation, rules = seed(name), [] -%}
    {%- if not is_building() -%}{{ return(rules) }}{%- endif -%}
    {%- for row in run_query(
        'select position, ' ~ columns | join(', ') ~ ' from ' ~ relation ~ ' order by position, ' ~ columns | join(', ')
    ).rows -%}
        {%- set found = {} -%}
        {%- for column in columns -%}
            {%- do found.update({column: row[loop.index] | string if row[loop.index] is not none}) -%}
        {%- endfor -%}
        {%- if not rules or rules[-1].position != row[0] -%}
            {%- do rules.append({'position': row[0], 'conditions': []}) -%}
        {%- endif -%}
        {%- do rules[-1].conditions.append(found) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}


{#- The rules of the seed derived_events: [{holds, name, quantity, received_quantity}, ...], all SQL: whether an event is
    one of them, the name that it gets, and, where they are those of a property, its quantity and that as text. The
    quantity is how many whole units there are: 0 where the property is missing or negative, null where it is no number.
    The quotient is raised by 1e-14 of itself, since 0.3 / 0.1 is a little less than 3. -#}
{% macro derived_events(events) -%}
    {%- set derived, properties = [], input_column(events, 'properties') -%}
    {%- for rule in event_rules('derived_events', [
        'derived_event', 'source_event', 'property', 'comparison', 'value', 'quantity_property', 'unit',
    ]) -%}
        {%- set first, double = rule.conditions[0], type_double() -%}
        {%- set holds = [compares(input_column(events, 'event_name'), 'is', first.source_event)] -%}
        {%- for row in rule.conditions if row.comparison -%}
            {%- do holds.append(compares(property_text(properties, row.property), row.comparison, row.value)) -%}
        {%- endfor -%}
        {%- do derived.append({'holds': holds | join(' and '), 'name': text_literal(first.derived_event)}) -%}
        {%- if first.quantity_property -%}
            {%- set text = property_text(properties, first.quantity_property) -%}
            {%- set units = "(" ~ number_of(text) ~ ") / cast('" ~ (first.unit or 1) ~ "' as " ~ double ~ ')' -%}
            {%- do derived[-1].update({
                'quantity': 'case when ' ~ text ~ ' is null or ' ~ units ~ ' < 0 then 0 else floor(' ~ units
                    ~ " * cast('1.00000000000001' as " ~ double ~ ')) end',
                'received_quantity': 'coalesce(' ~ text ~ ", '0')",
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(derived) }}
{%- endmacro %}


{#- A column of an event: what the first rule that holds says of it, else what was received. rules: each with holds, and
    perhaps the column, as SQL. -#}
{% macro ruled(rules, column, received) -%}
    {%- if not rules | selectattr(column, 'defined') | list -%}{{ return(received) }}{%- endif -%}
    case
        {%- for rule in rules %}
        when {{ rule.holds }} then {{ rule[column] or received }}
        {%- endfor %}
        else {{ received }}
    end
{%- endmacro %}


{#- Who did an event, if not a human: the first rule of the seed actor_rules that holds for it, else its own actor; null
    for a human. -#}
{% macro actor_of_event(events) -%}
    {%- set rules, received = [], received_field(events, 'actor') -%}
    {%- for rule in event_rules('actor_rules', ['field', 'comparison', 'value', 'actor']) -%}
        {%- set holds = [] -%}
        {%- for row in rule.conditions -%}
            {%- do holds.append(compares(received_field(events, row.field), row.comparison, row.value)) -%}
        {%- endfor -%}
        {%- do rules.append({'holds': holds | join(' and '), 'actor': text_literal(rule.conditions[0].actor)}) -%}
    {%- endfor -%}
    {%- if input_column_name('events', 'actor') not in events.columns and not rules -%}
        {{ return(received) }}
    {%- endif -%}
    nullif({{ ruled(rules, 'actor', received) }}, 'human')
{%- endmacro %}

{#- What a rule of actor_rules looks at, as text: a column as received, actors in lower case, or a property. -#}
{% macro received_field(events, field) -%}
    {%- if field.startswith('properties/') -%}
        {{ return(property_text(input_column(events, 'properties'), field[11:])) }}
    {%- elif field == 'actor' and input_column_name('events', 'actor') in events.columns -%}
        {{ return('lower(trim(' ~ input_column(events, 'actor') ~ '))') }}
    {%- endif -%}
    {{ return(input_column(events, field)) }}
{%- endmacro %}


{#- Whether the events of an actor count (var scored_actors). actor: SQL, null for a human. -#}
{% macro is_scored(actor) -%}
    {{ return('coalesce(' ~ actor ~ ", 'human') in ('" ~ scored_actors() | join("', '") ~ "')") }}
{%- endmacro %}

{#- The var scored_actors. Stops with one sentence where it is not a list of actors. -#}
{% macro scored_actors() -%}
    {%- set actors = var('scored_actors') -%}
    {%- set is_list = actors is sequence and actors is not string and actors is not mapping -%}
    {%- if not is_list or not actors or actors | reject('in', ['human', 'agent', 'api']) | list -%}
        {{ exceptions.raise_compiler_error(
            'The var scored_actors is ' ~ tojson(actors) ~ ': write a list of human, agent and api, as in [human].'
        ) }}
    {%- endif -%}
    {{ return(actors) }}
{%- endmacro %}
