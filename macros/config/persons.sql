{#- How persons appear in the tables: under which id, and whether with what is personal (docs/privacy.md). -#}

{#- The id under which a received user id is known: that of an erased person, else a pseudonym where
    ENGAGEMENT_PSEUDONYM_SALT is set, else itself. -#}
{% macro person_id(id) -%}
    {%- set salt = env_var('ENGAGEMENT_PSEUDONYM_SALT', '') -%}
    {{ return(_erased_id(id, text_hash(quoted(salt) ~ ' || ' ~ id) if salt else id)) }}
{%- endmacro %}


{#- The id of the account that a domain of e-mail addresses names: another one if the domain was an erased person's
    alone. -#}
{% macro domain_account_id(domain) -%}
    {{ return(_erased_id(domain, domain)) }}
{%- endmacro %}

{% macro _erased_id(id, known) -%}
    {%- set erased = erased_ids() -%}
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


{#- The domain of an e-mail address, in lower case, where the var accounts_from_email_domains lets it name an account;
    nothing of what is no address. -#}
{% macro email_domain(address) -%}
    {%- set address = 'lower(trim(' ~ address ~ '))' -%}
    {%- if var('accounts_from_email_domains') -%}
        case
            when
                regexp_replace(
                    {{ address }},
                    '^[^ ]*[^ @]@([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+[a-z][a-z0-9-]*[a-z0-9]$',
                    ''
                ) = ''
                then regexp_replace({{ address }}, '^[^ ]*@', '')
        end
    {%- else -%}
        cast(null as {{ type_text() }})
    {%- endif -%}
{%- endmacro %}
