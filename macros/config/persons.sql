{#- How persons appear in the tables: under which id, and whether with what is personal (docs/privacy.md). -#}

{#- The id under which a received user id is known: that of an erased person, else a pseudonym where
    ENGAGEMENT_PSEUDONYM_SALT is set, else itself. -#}
{% macro person_id(id) -%}
    {%- set salt, erased = env_var('ENGAGEMENT_PSEUDONYM_SALT', ''), erased_ids() -%}
    {%- set known = text_hash(quoted(salt) ~ ' || ' ~ id) if salt else id -%}
    {%- if not erased -%}{{ return(known) }}{%- endif -%}
    case {{ text_hash(quoted(erased[0].salt) ~ ' || ' ~ id) }}
        {%- for row in erased %}
        when '{{ row.id_hash }}' then '{{ row.erased_id }}'
        {%- endfor %}
        else {{ known }}
    end
{%- endmacro %}


{#- A value of a person; once they are erased, nothing. id: as received. -#}
{% macro unless_erased(value, id) -%}
    {{ _of_erased(value, id, 'null') }}
{%- endmacro %}


{#- An id of what a person did, in which they may be named; once they are erased, a hash of it. id: as received. -#}
{% macro hashed_if_erased(value, id) -%}
    {%- set erased = erased_ids() -%}
    {{ _of_erased(value, id, text_hash(quoted(erased[0].salt) ~ ' || ' ~ value) if erased) }}
{%- endmacro %}

{% macro _of_erased(value, id, instead) -%}
    {%- set erased = erased_ids() -%}
    {%- if not erased -%}{{ return(value) }}{%- endif -%}
    case
        when {{ text_hash(quoted(erased[0].salt) ~ ' || ' ~ id) }} in (
            {%- for row in erased %}'{{ row.id_hash }}'{{ ', ' if not loop.last }}{% endfor -%}
        ) then {{ instead }}
        else {{ value }}
    end
{%- endmacro %}


{#- A personal value in a public table: nothing, unless the var publish_personal_data allows it. -#}
{% macro personal(value) -%}
    {%- if var('publish_personal_data') -%}
        {{ value }}
    {%- else -%}
        cast(null as {{ type_text() }})
    {%- endif -%}
{%- endmacro %}
