{#- dbt's own macro of this name, for the tests of this project: in a nightly build, tests look only at the rows
    that the run has made again. All rows are tested where the run started over, by `dbt test`, and with the var
    test_everything. Which rows those are says the model's meta: made_again, a column and the model that holds its
    values, else the key and model of what it replaces; without either, all. -#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [] -%}
    {%- if config.get('where') -%}
        {%- do conditions.append(config.get('where')) -%}
    {%- endif -%}
    {%- if execute and flags.WHICH == 'build' and not var('test_everything') and model.attached_node -%}
        {%- set made_again = made_again(graph.nodes[model.attached_node]) -%}
        {%- if made_again and not this_run().starts_over -%}
            {%- do conditions.append(made_again) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if conditions -%}
        {{ return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') dbt_subquery') }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}


{#- The condition for the rows of a model that this run has made again; none if that is all of them, or of a node
    that is no model. node: that of the graph. -#}
{% macro made_again(node) -%}
    {%- set meta, key = node.config.meta or {}, node.config.unique_key -%}
    {%- set by, model = meta.made_again or (key if key is string else none, meta.replaced) -%}
    {%- if by and model -%}
        {{ return(by ~ ' in (select ' ~ by ~ ' from ' ~ built_relation(model) ~ ')') }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
