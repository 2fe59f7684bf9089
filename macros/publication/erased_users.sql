{#- The erased ids, [{salt, id_hash, erased_id}]; all have one salt. -#}
{% macro erased_ids() -%}
    {%- set relation = built_relation('erased_users') -%}
    {%- set found = [] -%}
    {%- if relation -%}
        {%- for row in run_query('select salt, id_hash, erased_id from ' ~ relation ~ ' order by erased_id').rows -%}
            {%- do found.append({'salt': row[0], 'id_hash': row[1], 'erased_id': row[2]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
