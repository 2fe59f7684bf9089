{#- The values of a group in an order, joined by "|", null for an empty group. -#}
{% macro joined_text(value, order_by) -%}
    {{ return(adapter.dispatch('joined_text', 'product_engagement')(value, order_by)) }}
{%- endmacro %}

{% macro default__joined_text(value, order_by) -%}
    string_agg({{ value }}, '|' order by {{ order_by }})
{%- endmacro %}

{#- An empty group is joined to an empty text. -#}
{% macro snowflake__joined_text(value, order_by) -%}
    nullif(listagg({{ value }}, '|') within group (order by {{ order_by }}), '')
{%- endmacro %}

{% macro redshift__joined_text(value, order_by) -%}
    listagg({{ value }}, '|') within group (order by {{ order_by }})
{%- endmacro %}

{% macro spark__joined_text(value, order_by) -%}
    listagg({{ value }}, '|') within group (order by {{ order_by }})
{%- endmacro %}


{#- A text as a literal, where the engine may read a backslash as the beginning of another sign. -#}
{% macro text_literal(text) -%}
    {{ return(adapter.dispatch('text_literal', 'product_engagement')(text)) }}
{%- endmacro %}

{% macro default__text_literal(text) -%}
    {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{%- endmacro %}

{% macro spark__text_literal(text) -%}
    {{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
{%- endmacro %}

{% macro snowflake__text_literal(text) -%}
    {{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
{%- endmacro %}

{% macro bigquery__text_literal(text) -%}
    {{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
{%- endmacro %}


{#- Several texts as literals, separated by commas. -#}
{% macro text_literals(texts) -%}
    {%- set literals = [] -%}
    {%- for text in texts -%}{%- do literals.append(text_literal(text)) -%}{%- endfor -%}
    {{ return(literals | join(', ')) }}
{%- endmacro %}


{#- Text for an order by, whose order shall be that of its bytes, whatever the collation of the database. -#}
{% macro in_byte_order(text) -%}
    {{ return(adapter.dispatch('in_byte_order', 'product_engagement')(text)) }}
{%- endmacro %}

{% macro default__in_byte_order(text) -%}
    {{ text }}
{%- endmacro %}

{% macro postgres__in_byte_order(text) -%}
    ({{ text }}) collate "C"
{%- endmacro %}

{% macro redshift__in_byte_order(text) -%}
    {{ text }}
{%- endmacro %}


{#- Aggregate: the first of some texts in the order of their bytes. -#}
{% macro first_text(text) -%}
    {{ return(adapter.dispatch('first_text', 'product_engagement')(text)) }}
{%- endmacro %}

{% macro default__first_text(text) -%}
    min({{ text }})
{%- endmacro %}

{% macro postgres__first_text(text) -%}
    min({{ text }} collate "C") collate "default"
{%- endmacro %}

{% macro redshift__first_text(text) -%}
    min({{ text }})
{%- endmacro %}


{#- A value cast to a type, null where it cannot be. -#}
{% macro try_cast(value, data_type) -%}
    {{ return(adapter.dispatch('try_cast', 'product_engagement')(value, data_type)) }}
{%- endmacro %}

{% macro default__try_cast(value, data_type) -%}
    try_cast({{ value }} as {{ data_type }})
{%- endmacro %}

{#- By a function of create_functions; a number with decimals is rounded to a whole one. -#}
{% macro postgres__try_cast(value, data_type) -%}
    {{ internal_schema() }}.try_{{ data_type | replace(' ', '_') }}({{ value }})
{%- endmacro %}

{#- What has decimals is no bigint, and not every text of true and false is one. -#}
{% macro bigquery__try_cast(value, data_type) -%}
    {%- if data_type == 'bigint' -%}
        safe_cast(round(safe_cast({{ value }} as bignumeric)) as bigint)
    {%- elif data_type == 'boolean' -%}
        {{ boolean_of_text(value) }}
    {%- else -%}
        safe_cast({{ value }} as {{ data_type }})
    {%- endif -%}
{%- endmacro %}

{% macro redshift__try_cast(value, data_type) -%}
    {%- if data_type == 'bigint' -%}
        try_cast(round(try_cast({{ value }} as decimal(38, 9))) as bigint)
    {%- elif data_type == 'boolean' -%}
        {{ boolean_of_text(value) }}
    {%- else -%}
        try_cast({{ value }} as {{ data_type }})
    {%- endif -%}
{%- endmacro %}


{#- A text as true or false, null where it is neither. -#}
{% macro boolean_of_text(text) -%}
    case
        when lower({{ text }}) in ('true', 't', 'yes', 'y', '1') then true
        when lower({{ text }}) in ('false', 'f', 'no', 'n', '0') then false
    end
{%- endmacro %}


{#- Several columns as one text, a missing value told from an empty one. -#}
{% macro text_of(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append("coalesce('=' || cast(" ~ column ~ " as " ~ type_text() ~ "), '')") -%}
    {%- endfor -%}
    {{ return(parts | join(" || '|' || ")) }}
{%- endmacro %}


{#- md5 of several columns as text, a missing value told from an empty one. Returns 32 hexadecimal digits. -#}
{% macro row_hash(columns) -%}
    {{ text_hash(text_of(columns)) }}
{%- endmacro %}


{#- A value as text; blank (only spaces) is null. -#}
{% macro text_or_null(value) -%}
    {{ return(adapter.dispatch('text_or_null', 'product_engagement')('cast(' ~ value ~ ' as ' ~ type_text() ~ ')')) }}
{%- endmacro %}

{% macro default__text_or_null(text) -%}
    case when trim({{ text }}) <> '' then {{ text }} end
{%- endmacro %}

{#- Nearly every text begins with more than a space, which is found without trimming it. -#}
{% macro duckdb__text_or_null(text) -%}
    case when {{ text }} >= '!' then {{ text }} when trim({{ text }}) <> '' then {{ text }} end
{%- endmacro %}


{#- md5 of a text. Returns 32 hexadecimal digits. -#}
{% macro text_hash(text) -%}
    {{ return(adapter.dispatch('text_hash', 'product_engagement')(text)) }}
{%- endmacro %}

{% macro default__text_hash(text) -%}
    {{ dbt.hash(text) }}
{%- endmacro %}

{#- dbt casts to a text of 256 bytes. -#}
{% macro redshift__text_hash(text) -%}
    md5({{ text }})
{%- endmacro %}


{#- A 64-bit hash of a text: equal texts have equal hashes, and nearly always the reverse. -#}
{% macro hash64(text) -%}
    {{ return(adapter.dispatch('hash64', 'product_engagement')(text)) }}
{%- endmacro %}

{% macro default__hash64(text) -%}
    {{ text_hash(text) }}
{%- endmacro %}

{% macro duckdb__hash64(text) -%}
    hash({{ text }})
{%- endmacro %}

{% macro snowflake__hash64(text) -%}
    hash({{ text }})
{%- endmacro %}

{% macro bigquery__hash64(text) -%}
    farm_fingerprint({{ text }})
{%- endmacro %}

{% macro redshift__hash64(text) -%}
    farmfingerprint64({{ text }})
{%- endmacro %}

{% macro postgres__hash64(text) -%}
    hashtextextended({{ text }}, 0)
{%- endmacro %}

{% macro spark__hash64(text) -%}
    xxhash64({{ text }})
{%- endmacro %}
