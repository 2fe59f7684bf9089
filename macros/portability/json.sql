{#- The text at a path of JSON text: a list of keys and of positions counted from 0, such as ['$groups', 'company', 0].
    Null where nothing is there, or a JSON null, or where the text is no JSON; a number, true and false as JSON writes
    them, an object or a list as JSON text. A key may hold any sign, and is not empty. -#}
{% macro json_text(value, path) -%}
    {{ return(adapter.dispatch('json_text', 'product_engagement')(value, path)) }}
{%- endmacro %}

{% macro default__json_text(value, path) -%}
    {{ return('case when json_valid(' ~ value ~ ') then json_extract_string(' ~ value ~ ', ' ~ json_path(path) ~ ') end') }}
{%- endmacro %}

{#- jsonb, since a text that holds \u0000 fails there at once, within try_cast. -#}
{% macro postgres__json_text(value, path) -%}
    {%- set steps = [try_cast('cast(' ~ value ~ ' as text)', 'jsonb')] -%}
    {%- for step in path -%}
        {%- do steps.append(('->> ' if loop.last else '-> ') ~ (text_literal(step) if step is string else step)) -%}
    {%- endfor -%}
    {{ return('(' ~ steps | join(' ') ~ ')') }}
{%- endmacro %}

{#- Spark knows no sign that escapes a quote: such a key is written after a point, where it may hold neither a point nor
    a bracket. A JSON null in a list is printed as null. -#}
{% macro spark__json_text(value, path) -%}
    {%- set steps = ['$'] -%}
    {%- for step in path -%}
        {%- if step is not string -%}
            {%- do steps.append('[' ~ step ~ ']') -%}
        {%- elif "'" in step -%}
            {%- do steps.append('.' ~ step) -%}
        {%- else -%}
            {%- do steps.append("['" ~ step ~ "']") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set found = 'get_json_object(' ~ value ~ ', ' ~ text_literal(steps | join) ~ ')' -%}
    {{ return(found if path[-1] is string else 'nullif(' ~ found ~ ", 'null')") }}
{%- endmacro %}

{% macro snowflake__json_text(value, path) -%}
    {%- set found = ['try_parse_json(' ~ value ~ ')'] -%}
    {%- for step in path -%}
        {%- do found.append('get(' ~ found[-1] ~ ', ' ~ (text_literal(step) if step is string else step) ~ ')') -%}
    {%- endfor -%}
    {{ return('cast(' ~ found[-1] ~ ' as varchar)') }}
{%- endmacro %}

{#- A scalar, else an object or a list; a missing one is printed as null. -#}
{% macro bigquery__json_text(value, path) -%}
    {%- set parsed = "safe.parse_json(" ~ value ~ ", wide_number_mode => 'round')" -%}
    {{ return(
        'coalesce(json_value(' ~ parsed ~ ', ' ~ json_path(path) ~ "), nullif(to_json_string(json_query(" ~ parsed ~ ', '
        ~ json_path(path) ~ ")), 'null'))"
    ) }}
{%- endmacro %}

{#- Nothing there is an empty text, which an empty text therefore cannot be told from: both are null. -#}
{% macro redshift__json_text(value, path) -%}
    {%- set found = [value] -%}
    {%- for step in path -%}
        {%- do found.append(
            'json_extract_path_text(' ~ found[-1] ~ ', ' ~ text_literal(step) ~ ', true)' if step is string
            else 'json_extract_array_element_text(' ~ found[-1] ~ ', ' ~ step ~ ', true)'
        ) -%}
    {%- endfor -%}
    {{ return('nullif(' ~ found[-1] ~ ", '')") }}
{%- endmacro %}


{#- A path as a literal with every key in double quotes, such as '$."$groups"."company"[0]'. -#}
{% macro json_path(path) -%}
    {%- set steps = ['$'] -%}
    {%- for step in path -%}
        {%- do steps.append(
            '."' ~ step | replace('\\', '\\\\') | replace('"', '\\"') ~ '"' if step is string else '[' ~ step ~ ']'
        ) -%}
    {%- endfor -%}
    {{ return(text_literal(steps | join)) }}
{%- endmacro %}


{#- The text at a path of JSON text, and of a list there its first item: of what may be one name or several. -#}
{% macro first_json_text(value, path) -%}
    {%- set whole = json_text(value, path) -%}
    {{ return(
        'coalesce(' ~ json_text(value, path + [0]) ~ ', case when substr(' ~ whole ~ ", 1, 1) not in ('[', '{') then "
        ~ whole ~ ' end)'
    ) }}
{%- endmacro %}


{#- A column of JSON as text, from whatever type the source has: text, JSON, a structure, a list or a map. -#}
{% macro json_as_text(column, data_type) -%}
    {%- if is_text(data_type) -%}{{ return(text_or_null(column)) }}{%- endif -%}
    {{ return(adapter.dispatch('json_as_text', 'product_engagement')(column)) }}
{%- endmacro %}

{% macro default__json_as_text(column) -%}
    cast(to_json({{ column }}) as {{ type_text() }})
{%- endmacro %}

{% macro spark__json_as_text(column) -%}
    to_json({{ column }})
{%- endmacro %}

{% macro snowflake__json_as_text(column) -%}
    to_json(to_variant({{ column }}))
{%- endmacro %}

{% macro bigquery__json_as_text(column) -%}
    to_json_string({{ column }})
{%- endmacro %}

{% macro redshift__json_as_text(column) -%}
    json_serialize({{ column }})
{%- endmacro %}
