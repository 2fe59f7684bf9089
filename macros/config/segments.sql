{#- The columns by which segments are formed beyond those of the contract, as the var segment_attributes names them:
    [{input, entity_type, column}, ...]. Stops with one sentence where an input lacks one, or it is a dimension
    already. -#}
{% macro segment_attributes() -%}
    {%- set attributes = [] -%}
    {%- set dimensions = ['plan', 'status', 'owner', 'industry', 'signup_month', 'role', 'age', 'tenure'] -%}
    {%- for name, columns in (var('segment_attributes') or {}).items() -%}
        {%- if name not in ('users', 'accounts') -%}
            {{ exceptions.raise_compiler_error(
                'The var segment_attributes names ' ~ name ~ ': write {users: [column], accounts: [column]}.'
            ) }}
        {%- endif -%}
        {%- set source = input(name) -%}
        {%- if columns is string or columns is not sequence -%}
            {{ exceptions.raise_compiler_error(
                'The var segment_attributes has ' ~ columns ~ ' for ' ~ name ~ ': write a list, ' ~ name ~ ': [column].'
            ) }}
        {%- endif -%}
        {%- for column in columns -%}
            {%- if column in dimensions or columns.count(column) > 1 -%}
                {{ exceptions.raise_compiler_error(
                    'The var segment_attributes names ' ~ column ~ ' of ' ~ name ~ ', by which segments are formed'
                    ~ ' already: take it out.'
                ) }}
            {%- endif -%}
            {%- if is_building() and input_column_name(source, column) not in source.columns -%}
                {{ exceptions.raise_compiler_error(
                    'The var segment_attributes names ' ~ column ~ ', which the input ' ~ name ~ ' lacks: add the column,'
                    ~ ' or take it out of the var.'
                ) }}
            {%- endif -%}
            {%- do attributes.append({'input': name, 'entity_type': name[:-1], 'column': column}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(attributes) }}
{%- endmacro %}


{#- The segments by time since signup: [(dimension, entity type, value, first day, first day of the next), ...]; days are
    whole days since signup, null for no limit. -#}
{% macro segment_ages() -%}
    {%- set established = var('established_after_days') -%}
    {{ return([
        ('age', 'user', 'new', 'null', established),
        ('age', 'user', 'established', established, 'null'),
        ('age', 'account', 'new', 'null', established),
        ('age', 'account', 'established', established, 'null'),
        ('tenure', 'user', '0-29 days', 'null', 30),
        ('tenure', 'user', '30-89 days', 30, 90),
        ('tenure', 'user', '90-364 days', 90, 365),
        ('tenure', 'user', '365 days and more', 365, 'null'),
    ]) }}
{%- endmacro %}


{#- The dimensions of segments, and the entity types that each divides: {dimension: [entity type, ...]}. -#}
{% macro segment_dimensions() -%}
    {%- set dimensions = {
        'plan': ['user', 'account'], 'status': ['user', 'account'], 'owner': ['user', 'account'],
        'industry': ['user', 'account'], 'signup_month': ['user', 'account'], 'age': ['user', 'account'],
        'tenure': ['user'], 'role': ['user'],
    } -%}
    {%- for attribute in segment_attributes() -%}
        {%- do dimensions.update(
            {attribute.column: dimensions.get(attribute.column, []) + [attribute.entity_type]}
        ) -%}
    {%- endfor -%}
    {{ return(dimensions) }}
{%- endmacro %}


{#- The segment of a dimension of segment_ages in which an entity lies on a day; the last, if its signup is unknown. -#}
{% macro segment_by_age(dimension, day, signup_on) -%}
    case
        {%- for name, entity_type, value, from_day, until_day in segment_ages()
            if name == dimension and entity_type == 'user' %}
        {%- if until_day == 'null' %}
        else '{{ value }}'
        {%- else %}
        when {{ day }} < {{ add_days(signup_on, until_day) }} then '{{ value }}'
        {%- endif %}
        {%- endfor %}
    end
{%- endmacro %}
