{#- The inputs from the tables of calls that Segment designed and RudderStack writes, too: track, identify, group, alias.
    vendor: whose tables. -#}

{#- The tables, as of source_contract. -#}
{% macro contract_of_calls(marks) -%}
    {%- set calls = {
        'id': 'text', 'anonymous_id': 'text', 'user_id': 'text', 'timestamp': 'time', 'received_at': 'time',
        'uuid_ts': 'time', 'loaded_at': 'time',
    } -%}
    {%- set traits = {'email': 'text', 'role': 'text', 'created_at': 'time', 'is_internal': 'boolean'} -%}
    {%- set group_traits = {
        'name': 'text', 'plan': 'text', 'status': 'text', 'industry': 'text', 'owner': 'text', 'seats': 'integer',
        'created_at': 'time', 'trial_ends_on': 'date', 'renews_on': 'date', 'parent_account_id': 'text',
    } -%}
    {{ return({
        'makes': ['events', 'users', 'accounts', 'account_history', 'memberships', 'identities'],
        'needs': ['tracks'],
        'tables': {
            'tracks': {'marks': [marks], 'columns': dict(calls, event='text', event_text='text', context_group_id='text')},
            'identifies': {'columns': dict(calls, **traits)},
            'users': {'columns': dict(traits, id='text', received_at='time')},
            'groups': {'columns': dict(calls, group_id='text', **group_traits)},
            'aliases': {'columns': dict(calls, previous_id='text')},
        },
    }) }}
{%- endmacro %}


{#- One row per track call. -#}
{% macro events_of_calls(vendor) -%}
    {%- set tracks = source_table(vendor, 'tracks') -%}
    select
        {{ input_column(tracks, 'id') }} as event_id,
        coalesce({{ input_column(tracks, 'event_text') }}, {{ input_column(tracks, 'event') }}) as event_name,
        coalesce({{ input_column(tracks, 'user_id') }}, {{ input_column(tracks, 'anonymous_id') }}) as user_id,
        {{ received(tracks, 'timestamp') }} as occurred_at,
        {{ input_column(tracks, 'context_group_id') }} as account_id,
        coalesce(
            {{ input_column(tracks, 'loaded_at') }},
            {{ input_column(tracks, 'uuid_ts') }},
            {{ input_column(tracks, 'received_at') }}
        ) as loaded_at
    from {{ tracks['from'] }}
{%- endmacro %}


{#- One row per user: the table of users where it is there, else what the calls of identify said last. -#}
{% macro users_of_calls(vendor) -%}
    {%- set users = source_table(vendor, 'users') -%}
    {%- set source = users if users.columns else source_table(vendor, 'identifies') -%}
    {%- set time = input_column(source, 'received_at') -%}
    {%- set id = input_column(source, 'id' if users.columns else 'user_id') -%}
    with

    calls as (
        select
            {{ id }} as user_id,
            {{ time }} as called_at,
            {{ input_column(source, 'email') }} as email,
            {{ input_column(source, 'role') }} as role,
            {{ input_column(source, 'is_internal') }} as is_internal,
            {{ input_column(source, 'created_at') }} as created_at
        from {{ source['from'] }}
        where {{ id }} is not null
    )

    {{ latest_known('calls', 'user_id', ['email', 'role', 'is_internal', 'created_at'], 'called_at') }}
{%- endmacro %}


{#- One row per group: what the calls of group said last of each trait. -#}
{% macro accounts_of_calls(vendor) -%}
    {%- set groups = source_table(vendor, 'groups') -%}
    {%- set traits = [
        'parent_account_id', 'name', 'created_at', 'plan', 'status', 'trial_ends_on', 'renews_on', 'industry', 'owner',
        'seats',
    ] -%}
    with

    calls as (
        select
            {{ input_column(groups, 'group_id') }} as account_id,
            {{ input_column(groups, 'timestamp') }} as called_at
            {%- for trait in traits %},
            {{ input_column(groups, trait) }} as {{ trait }}
            {%- endfor %}
        from {{ groups['from'] }}
        where {{ input_column(groups, 'group_id') }} is not null
    )

    {{ latest_known('calls', 'account_id', traits, 'called_at') }}
{%- endmacro %}


{#- One row per call of group that says something of the account. -#}
{% macro account_history_of_calls(vendor) -%}
    {%- set groups = source_table(vendor, 'groups') -%}
    select distinct
        {{ input_column(groups, 'group_id') }} as account_id,
        {{ input_column(groups, 'timestamp') }} as valid_from,
        {{ input_column(groups, 'plan') }} as plan,
        {{ input_column(groups, 'status') }} as status,
        {{ input_column(groups, 'owner') }} as owner
    from {{ groups['from'] }}
    where
        {{ input_column(groups, 'group_id') }} is not null
        and {{ input_column(groups, 'timestamp') }} is not null
        and coalesce(
            {{ input_column(groups, 'plan') }},
            {{ input_column(groups, 'status') }},
            {{ input_column(groups, 'owner') }}
        ) is not null
{%- endmacro %}


{#- One row per user and group, from the first call of group on: there is no call of leaving. -#}
{% macro memberships_of_calls(vendor) -%}
    {%- set groups = source_table(vendor, 'groups') -%}
    select
        {{ input_column(groups, 'user_id') }} as user_id,
        {{ input_column(groups, 'group_id') }} as account_id,
        min({{ input_column(groups, 'timestamp') }}) as valid_from
    from {{ groups['from'] }}
    where
        {{ input_column(groups, 'user_id') }} is not null
        and {{ input_column(groups, 'group_id') }} is not null
    group by 1, 2
{%- endmacro %}


{#- One row per anonymous or former id and day on which it came to belong to a user. -#}
{% macro identities_of_calls(vendor) -%}
    {%- set identifies, aliases = source_table(vendor, 'identifies'), source_table(vendor, 'aliases') -%}
    with

    links as (
        select
            {{ input_column(identifies, 'anonymous_id') }} as alias_id,
            {{ input_column(identifies, 'user_id') }} as user_id,
            {{ input_column(identifies, 'timestamp') }} as linked_at
        from {{ identifies['from'] }}

        union all

        select
            {{ input_column(aliases, 'previous_id') }} as alias_id,
            {{ input_column(aliases, 'user_id') }} as user_id,
            {{ input_column(aliases, 'timestamp') }} as linked_at
        from {{ aliases['from'] }}
    )

    {{ identities_of_links('links') }}
{%- endmacro %}
