{#- The incremental strategy "replace": all rows whose key is in the model named by meta.replaced go, then the
    new ones come. So a day whose rows all vanished is emptied, too. unique_key: the columns of the key, which
    that model has by the same names. -#}
{% macro get_incremental_replace_sql(arguments) -%}
    {%- set target = arguments['target_relation'] -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set key = arguments['unique_key'] -%}
    {%- set key = [key] if key is string else key -%}

    delete from {{ target }}
    where
        {% if key | length == 1 -%}
        {{ key[0] }} in (select {{ key[0] }} from {{ built_relation(config.get('meta').replaced) }})
        {%- else -%}
        ({{ key | join(', ') }}) in (select {{ key | join(', ') }} from {{ built_relation(config.get('meta').replaced) }})
        {%- endif %};

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }};
{%- endmacro %}
