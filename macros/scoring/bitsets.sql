{#- Sets of things, such as the features used in a window: one bit a member, 60 members a bigint column, in as
    many columns as it takes. Unions and sizes of sets then cost no more than sums, where counting distinct
    things over every window would cost a row for each of them. Members are numbered from 0. -#}

{#- The columns that hold a set: [<name>_0, <name>_1, ...]. members: how many things there can be. -#}
{% macro bitset_columns(name, members) -%}
    {%- set columns = [] -%}
    {%- for block in range([(members + 59) // 60, 1] | max) -%}
        {%- do columns.append(name ~ '_' ~ block) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#- The columns of the set of key features used; of scored event names; of active days by their age. -#}
{% macro feature_bitsets() -%}
    {{ return(bitset_columns('features', _seeded('count(distinct feature)', seed('key_features')))) }}
{%- endmacro %}

{% macro event_name_bitsets() -%}
    {{ return(bitset_columns('scored_names', _seeded('count(distinct event_name)', seed('event_weights')))) }}
{%- endmacro %}

{% macro active_day_bitsets() -%}
    {{ return(bitset_columns('active_days', _seeded('max(window_days)', seed('scoring_versions')))) }}
{%- endmacro %}


{#- A whole number that a query on a seed returns; 0 before the seeds are there. -#}
{% macro _seeded(figure, seed) -%}
    {%- if not is_building() -%}{{ return(0) }}{%- endif -%}
    {{ return(run_query('select ' ~ figure ~ ' from ' ~ seed).columns[0].values()[0] or 0) }}
{%- endmacro %}


{#- The part of a set with one member that column number block holds. Returns a bigint, 0 if it lies in another. -#}
{% macro singleton_bitset(member, block) -%}
    case when {{ member }} >= {{ 60 * block }} and {{ member }} < {{ 60 * (block + 1) }} then {# -#}
    cast(power(2, {{ member }} - {{ 60 * block }}) as bigint) else 0 end
{%- endmacro %}


{#- A column for each of some columns, as SQL: {} in the template stands for its name. -#}
{% macro select_columns(columns, template) -%}
    {%- set selected = [] -%}
    {%- for column in columns -%}
        {%- do selected.append(template | replace('{}', column)) -%}
    {%- endfor -%}
    {{ return(selected | join(', ')) }}
{%- endmacro %}


{#- The columns of the set of one member, empty unless the condition holds; and of the set of all members in a group. -#}
{% macro singleton_bitsets(columns, member, condition='1 = 1') -%}
    {%- set selected = [] -%}
    {%- for column in columns -%}
        {%- do selected.append(
            'case when ' ~ condition ~ ' then ' ~ singleton_bitset(member, loop.index0) ~ ' else 0 end as ' ~ column
        ) -%}
    {%- endfor -%}
    {{ return(selected | join(', ')) }}
{%- endmacro %}

{% macro group_bitsets(columns, member) -%}
    {%- set selected = [] -%}
    {%- for column in columns -%}
        {%- do selected.append(bitset_union(singleton_bitset(member, loop.index0)) ~ ' as ' ~ column) -%}
    {%- endfor -%}
    {{ return(selected | join(', ')) }}
{%- endmacro %}


{#- The union of the sets of a group; without rows, or without any set, the empty one. -#}
{% macro bitset_union(column) -%}
    coalesce({{ bits_in_any(column) }}, 0)
{%- endmacro %}


{#- How many members a set has that is held in some columns. Returns a bigint. -#}
{% macro bitset_size(columns) -%}
    {%- set sizes = [] -%}
    {%- for column in columns -%}
        {%- do sizes.append(bit_count(column)) -%}
    {%- endfor -%}
    cast({{ sizes | join(' + ') }} as bigint)
{%- endmacro %}


{#- Whether a set has any member. -#}
{% macro bitset_is_not_empty(columns) -%}
    ({{ columns | join(' <> 0 or ') }} <> 0)
{%- endmacro %}


{#- Whether a set of a relation has the member. columns: those of the set, in order. -#}
{% macro bitset_has(relation, columns, member) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append(bits_in_both(relation ~ '.' ~ column, singleton_bitset(member, loop.index0)) ~ ' <> 0') -%}
    {%- endfor -%}
    ({{ parts | join(' or ') }})
{%- endmacro %}


{#- The figures of adoption from the sets of features available (available_<column>), of those used in the window
    (<column>) and of those ever used (ever_<column>), the last two among the available. The rates are null unless an
    event of one of those available has been accepted by then (is_tracked). -#}
{% macro adoption_figures(columns) -%}
    {%- set available, ever = [], [] -%}
    {%- for column in columns -%}
        {%- do available.append('available_' ~ column) -%}
        {%- do ever.append('ever_' ~ column) -%}
    {%- endfor -%}
    {{ bitset_size(available) }} as features_available,
    {{ bitset_size(columns) }} as features_used,
    case when is_tracked then {{ rate(bitset_size(columns), bitset_size(available)) }} end as adoption_rate,
    {{ bitset_size(ever) }} as features_used_all_time,
    case when is_tracked then {{ rate(bitset_size(ever), bitset_size(available)) }} end as adoption_rate_all_time
{%- endmacro %}
