{#- The text at a path of JSON text: a list of keys and of positions counted from 0, such as ['$groups', 'company', 0].
    Null where nothing is there, or a JSON null, or where the text is no JSON; a number, true and false as JSON writes
    them, an object or a list as JSON text. A key may hold any sign, and is not empty. -#}
{% macro json_text(value, path) -%}
    {{ return(adapter.dispatch('json_text', 'product_engagement')(value, path)) }}
{%- endmacro %}

{% macro default__json_text(value, path) -%}
    {{ return('try(json_extract_string(' ~ value ~ ', ' ~ json_path(path) ~ '))') }}
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


{#- The text of a field of JSON whose name has words: in snake case, else in camelCase. path: where the object is, as of
    json_text; name: in snake case. -#}
{% macro json_field(value, path, name) -%}
    {%- set words = name.split('_') -%}
    {%- set camel = words[0] ~ words[1:] | map('capitalize') | join -%}
    {%- if camel == name -%}{{ return(json_text(value, path + [name])) }}{%- endif -%}
    {{ return('coalesce(' ~ json_text(value, path + [name]) ~ ', ' ~ json_text(value, path + [camel]) ~ ')') }}
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


{#- A JSON object, as text, of a list of entries in JSON text: {"key": K, "value": {"string_value": V}} becomes {K: V}. V
    is the first of string_value, int_value, float_value and double_value that is there, as text. Keys have an order of
    their own, whatever that of the entries; where there is no list of entries, the object is empty. -#}
{% macro object_of_entries(value) -%}
    {{ return(adapter.dispatch('object_of_entries', 'product_engagement')(value)) }}
{%- endmacro %}

{% macro default__object_of_entries(value) -%}
    '{' || coalesce(array_to_string(list_sort(list_transform(
        {{ entries_of(value) }},
        lambda entry: cast(to_json(entry['key']) as varchar) || ':' || cast(to_json({{ content_of_entry() }}) as varchar)
    )), ','), '') || '}'
{%- endmacro %}

{% macro postgres__object_of_entries(value) -%}
    {%- set content = [] -%}
    {%- for name in value_names() -%}{%- do content.append("entry -> 'value' ->> '" ~ name ~ "'") -%}{%- endfor -%}
    coalesce(cast((
        select jsonb_object_agg(entry ->> 'key', coalesce({{ content | join(', ') }}))
        from (select {{ try_cast('cast(' ~ value ~ ' as text)', 'jsonb') }} as list) as parsed
        cross join lateral jsonb_array_elements(
            case when jsonb_typeof(parsed.list) = 'array' then parsed.list end
        ) as entries (entry)
        where entry ->> 'key' is not null and coalesce({{ content | join(', ') }}) is not null
    ) as text), '{}')
{%- endmacro %}

{#- to_json takes no text, but a map of one entry, whose braces are cut off. -#}
{% macro spark__object_of_entries(value) -%}
    {%- set content = 'coalesce(entry.value.' ~ value_names() | join(', entry.value.') ~ ')' -%}
    concat('{', concat_ws(',', array_sort(transform(
        from_json({{ value }}, 'array<struct<key: string, value: struct<
            {{- value_names() | join(': string, ') }}: string>>>'),
        entry -> case when entry.key is not null and {{ content }} is not null
            then regexp_replace(to_json(map(entry.key, {{ content }})), '^[{]|[}]$', '')
        end
    ))), '}')
{%- endmacro %}

{% macro snowflake__object_of_entries(value) -%}
    {%- set content = [] -%}
    {%- for name in value_names() -%}
        {%- do content.append("cast(get(get(entry, 'value'), '" ~ name ~ "') as varchar)") -%}
    {%- endfor -%}
    '{' || coalesce(array_to_string(array_sort(transform(
        filter(
            as_array(try_parse_json({{ value }})),
            entry -> cast(get(entry, 'key') as varchar) is not null and coalesce({{ content | join(', ') }}) is not null
        ),
        entry -> to_json(get(entry, 'key')) || ':' || to_json(to_variant(coalesce({{ content | join(', ') }})))
    )), ','), '') || '}'
{%- endmacro %}

{% macro bigquery__object_of_entries(value) -%}
    {%- set content = [] -%}
    {%- for name in value_names() -%}
        {%- do content.append("json_value(entry, '$.value." ~ name ~ "')") -%}
    {%- endfor -%}
    '{' || coalesce((
        select string_agg(
            to_json_string(json_value(entry, '$.key')) || ':' || to_json_string(coalesce({{ content | join(', ') }})),
            ',' order by json_value(entry, '$.key')
        )
        from unnest(json_query_array(safe.parse_json({{ value }}, wide_number_mode => 'round'))) as entry
        where json_value(entry, '$.key') is not null and coalesce({{ content | join(', ') }}) is not null
    ), '') || '}'
{%- endmacro %}

{#- Nothing takes a list apart within an expression: the text is rewritten, in the order of the entries. It must be as
    json_serialize writes it, key before value. -#}
{% macro redshift__object_of_entries(value) -%}
    {%- set steps = [value] -%}
    {%- for pattern, replacement in [
        ('"[a-z]+_value":null,?', ''),
        (',?"set_timestamp_micros":"?[0-9]*"?', ''),
        ('[{]"key":("[^"]*"),"value":[{]"[a-z]+_value":("[^"]*"|[^",}]+),?[}][}]', '$1:$2'),
        ('^[[]', '{'),
        ('[]]$', '}'),
    ] -%}
        {%- do steps.append('regexp_replace(' ~ steps[-1] ~ ", '" ~ pattern ~ "', '" ~ replacement ~ "')") -%}
    {%- endfor -%}
    coalesce({{ steps[-1] }}, '{}')
{%- endmacro %}

{#- A list of entries in JSON text, as object_of_entries takes it, read once for several text_of_entry. -#}
{% macro entries_of(value) -%}
    {{ return(adapter.dispatch('entries_of', 'product_engagement')(value)) }}
{%- endmacro %}

{% macro default__entries_of(value) -%}
    {{ return(value) }}
{%- endmacro %}

{% macro duckdb__entries_of(value) -%}
    {%- set types = [] -%}
    {%- for name in value_names() -%}{%- do types.append('"' ~ name ~ '": "VARCHAR"') -%}{%- endfor -%}
    {{ return('try(from_json(' ~ value ~ ', \'[{"key": "VARCHAR", "value": {' ~ types | join(', ') ~ '}}]\'))') }}
{%- endmacro %}


{#- The value, as text, of the entry with a key; null where there is none. entries: of entries_of. -#}
{% macro text_of_entry(entries, key) -%}
    {{ return(adapter.dispatch('text_of_entry', 'product_engagement')(entries, key)) }}
{%- endmacro %}

{% macro default__text_of_entry(entries, key) -%}
    {{ return(json_text(object_of_entries(entries), [key])) }}
{%- endmacro %}

{% macro duckdb__text_of_entry(entries, key) -%}
    {%- set found = 'list_filter(' ~ entries ~ ", lambda entry: entry['key'] = " ~ text_literal(key) ~ ')' -%}
    {{ return('list_transform(' ~ found ~ ', lambda entry: ' ~ content_of_entry() ~ ')[1]') }}
{%- endmacro %}


{#- What an entry that DuckDB has read holds, as text. -#}
{% macro content_of_entry() -%}
    {{ return("coalesce(entry['value']['" ~ value_names() | join("'], entry['value']['") ~ "'])") }}
{%- endmacro %}


{#- Where an entry has its value. -#}
{% macro value_names() -%}
    {{ return(['string_value', 'int_value', 'float_value', 'double_value']) }}
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

{#- A missing value is printed as null. -#}
{% macro bigquery__json_as_text(column) -%}
    nullif(to_json_string({{ column }}), 'null')
{%- endmacro %}

{% macro redshift__json_as_text(column) -%}
    json_serialize({{ column }})
{%- endmacro %}
