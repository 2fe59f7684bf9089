{#- The incremental strategy "replace": all rows whose key is in the model named by meta.replaced go, then the
    new ones come. So a day whose rows all vanished is emptied, too. unique_key: the columns of the key, which
    that model has by the same names. -#}
{% macro get_incremental_replace_sql(arguments) -%}
    {{ return(adapter.dispatch('get_incremental_replace_sql', 'product_engagement')(arguments)) }}
{%- endmacro %}

{% macro default__get_incremental_replace_sql(arguments) -%}
    {%- set target = arguments['target_relation'] -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set key = arguments['unique_key'] -%}

    delete from {{ target }}
    where {{ is_row_of(built_relation(config.get('meta').replaced), [key] if key is string else key) }};

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }};
{%- endmacro %}
