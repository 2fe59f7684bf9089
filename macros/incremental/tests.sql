{#- dbt's own macro of this name, for the tests of this project: in a nightly build, tests look only at the rows
    that the run has replaced. They look at all rows if the run starts over, if the run before was not published, in
    `dbt test`, with the var test_all_rows, and where a model has no unique_key, since such a table is made whole. -#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [] -%}
    {%- if config.get('where') -%}
        {%- do conditions.append(config.get('where')) -%}
    {%- endif -%}
    {%- if execute and flags.WHICH == 'build' and not var('test_all_rows') and model.attached_node -%}
        {%- set tested = graph.nodes[model.attached_node] -%}
        {%- if tested and tested.package_name == 'product_engagement' and tested.config.unique_key
            and not starts_over() and this_run().follows_publication -%}
            {%- do conditions.append('(' ~ replaced_rows(tested.config) ~ ')') -%}
        {%- endif -%}
    {%- endif -%}
    {%- if conditions -%}
        {{ return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') dbt_subquery') }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}
