{#- The inputs from Pendo's tables as Fivetran, Stitch and Data Sync write them. -#}

{#- The tables, as of source_contract. -#}
{% macro contract_of_pendo() -%}
    {%- set counts = {
        'account_id': 'text', 'visitor_id': 'text', 'timestamp': 'time', 'hour': 'time', 'day': 'time',
        'browser_timestamp': 'time', 'period_id': 'time', 'num_events': 'number', '_fivetran_id': 'text',
        '_fivetran_synced': 'time', '_sdc_batched_at': 'time', 'event_id': 'text', 'matchable_id': 'text',
        'server_name': 'text', 'server': 'text', 'remote_ip': 'text', 'user_agent': 'text', 'app_id': 'text',
        'param_parameter': 'text', 'parameters': 'json',
    } -%}
    {%- set definitions = {'id': 'text', 'matchable_id': 'text', 'name': 'text', 'last_updated_at': 'time'} -%}
    {%- set versions = {
        'id': 'text', 'last_updated_at': 'time', '_fivetran_synced': 'time', 'first_visit': 'time', 'metadata_auto': 'json',
        'metadata_agent': 'json',
    } -%}
    {{ return({
        'makes': ['events', 'users', 'accounts', 'account_history', 'memberships', 'account_facts'],
        'needs': ['feature_events', 'page_events', 'track_events', 'events'],
        'tables': {
            'feature_events': {
                'called': ['feature_event', 'feature_events', 'matchedfeatureevents'],
                'marks': ['visitor_id feature_id num_events', 'visitor_id matchable_id period_id'],
                'columns': dict(counts, feature_id='text'),
            },
            'page_events': {
                'called': ['page_event', 'page_events', 'matchedpageevents'],
                'marks': ['visitor_id page_id num_events', 'visitor_id matchable_id period_id'],
                'columns': dict(counts, page_id='text'),
            },
            'track_events': {
                'called': ['track_event', 'track_events', 'matchedtracktypeevents'],
                'marks': ['visitor_id track_type_id num_events', 'visitor_id matchable_id period_id'],
                'columns': dict(counts, track_type_id='text'),
            },
            'events': {
                'called': ['event', 'allevents'],
                'marks': ['visitor_id account_id num_events', 'visitor_id period_id'],
                'columns': dict(counts, page_id='text'),
            },
            'features': {
                'called': ['feature_history', 'features'],
                'columns': dict(definitions, feature_id='text'),
            },
            'pages': {
                'called': ['page_history', 'pages'],
                'columns': dict(definitions, page_id='text'),
            },
            'track_types': {
                'called': ['track_type_history', 'track_types', 'tracktypes'],
                'columns': dict(definitions, track_type_id='text'),
            },
            'visitors': {
                'called': ['visitor_history', 'visitors'],
                'columns': dict(
                    versions, visitor_id='text', account_id='text', agent_email='text', agent_role='text',
                    agent_is_internal='boolean',
                ),
            },
            'accounts': {
                'called': ['account_history', 'accounts'],
                'columns': dict(
                    versions, account_id='text', agent_parent_account_id='text', agent_name='text',
                    agent_creationdate='time', agent_planlevel='text', agent_status='text', agent_is_paying='boolean',
                    agent_industry='text', agent_owner='text', agent_seats='integer', agent_renews_on='date',
                ),
            },
            'visitor_accounts': {
                'called': ['visitor_account_history'],
                'columns': {'account_id': 'text', 'visitor_id': 'text', 'visitor_last_updated_at': 'time'},
            },
            'polls': {'called': ['poll', 'polls'], 'columns': {'id': 'text', 'attribute_type': 'text'}},
            'poll_events': {
                'called': ['poll_event', 'poll_events'],
                'columns': {
                    'account_id': 'text', 'visitor_id': 'text', 'poll_id': 'text', 'timestamp': 'time',
                    'poll_response': 'number',
                },
            },
        },
    }) }}
{%- endmacro %}


{#- The tables of counts in the var pendo_event_tables that are there: [{counts, definitions, id}], the first two as of
    source_table; id: the column that names what was used. Stops with one sentence where the var names another. -#}
{% macro pendo_counts() -%}
    {%- set known, found = {
        'feature_events': ('features', 'feature_id'),
        'page_events': ('pages', 'page_id'),
        'track_events': ('track_types', 'track_type_id'),
        'events': ('pages', 'page_id'),
    }, [] -%}
    {%- for table in var('pendo_event_tables') -%}
        {%- if table not in known -%}
            {{ exceptions.raise_compiler_error(
                'The var pendo_event_tables names ' ~ table ~ ': choose from ' ~ known | join(', ') ~ '.'
            ) }}
        {%- endif -%}
        {%- set counts = source_table('pendo', table) -%}
        {%- if counts.columns -%}
            {%- do found.append({
                'counts': counts, 'definitions': source_table('pendo', known[table][0]), 'id': known[table][1],
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- A select of one row per feature, page or track type: its id and the last of its names. definitions: as of
    source_table; id: the column that may have the id, beside the two that every such table may have. -#}
{% macro pendo_names(definitions, id) -%}
    {%- set ids = [] -%}
    {%- for column in ['id', id, 'matchable_id'] -%}{%- do ids.append(input_column(definitions, column)) -%}{%- endfor -%}
    select
        id,
        name
    from (
        select
            id,
            name,
            row_number() over (
                partition by id
                order by
                    coalesce(last_updated_at, cast('0001-01-01' as {{ type_timestamp() }})) desc,
                    {{ in_byte_order('name') }} asc
            ) as recency
        from (
            select
                coalesce({{ ids | join(', ') }}) as id,
                {{ input_column(definitions, 'name') }} as name,
                {{ input_column(definitions, 'last_updated_at') }} as last_updated_at
            from {{ definitions['from'] }}
        ) as versions
        where name is not null
    ) as ranked
    where recency = 1
{%- endmacro %}


{#- md5 of the names of all that is counted. Events have their latest name on all days: another one is another way to
    read them. -#}
{% macro pendo_names_fingerprint() -%}
    {%- set names = [] -%}
    {%- for part in pendo_counts() if is_building() and part.definitions.columns -%}
        {%- for row in run_query(pendo_names(part.definitions, part.id) ~ ' order by 1').rows -%}
            {%- do names.append(row[0] ~ '=' ~ row[1]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(local_md5(names | sort | join('|'))) }}
{%- endmacro %}


{#- A value of the metadata of a visitor or an account as text: the column agent_NAME of Fivetran, else the key NAME of
    metadata_agent. -#}
{% macro pendo_metadata(versions, name) -%}
    {%- set column = 'agent_' ~ name -%}
    {%- set text = input_column_as_text(versions, column) -%}
    {{ return('coalesce(' ~ text ~ ', ' ~ json_text(input_column(versions, 'metadata_agent'), [name]) ~ ')') }}
{%- endmacro %}


{#- The same of the metadata that Pendo collects itself, which are times in milliseconds. -#}
{% macro pendo_time(versions, column, key) -%}
    {%- set text = json_text(input_column(versions, 'metadata_auto'), [key]) -%}
    {{ return('coalesce(' ~ input_column(versions, column) ~ ', ' ~ utc_timestamp(text, type_text()) ~ ')') }}
{%- endmacro %}


{#- A select of one row per state in which an account was: with what the inputs of accounts and account_history know. -#}
{% macro pendo_account_versions() -%}
    {%- set accounts = source_table('pendo', 'accounts') -%}
    {%- set plan, is_paying = pendo_metadata(accounts, 'planlevel'), pendo_metadata(accounts, 'is_paying') -%}
    select
        coalesce({{ input_column(accounts, 'id') }}, {{ input_column(accounts, 'account_id') }}) as account_id,
        {{ pendo_time(accounts, 'last_updated_at', 'lastupdatedat') }} as updated_at,
        {{ pendo_time(accounts, 'first_visit', 'firstvisit') }} as first_visit_at,
        {{ pendo_metadata(accounts, 'creationdate') }} as created,
        {{ pendo_metadata(accounts, 'parent_account_id') }} as parent_account_id,
        {{ pendo_metadata(accounts, 'name') }} as name,
        {{ plan }} as plan,
        coalesce(
            {{ pendo_metadata(accounts, 'status') }},
            case
                when {{ boolean_of_text(is_paying) }} then 'paying'
                when lower({{ plan }}) like '%trial%' then 'trial'
                when not {{ boolean_of_text(is_paying) }} then 'free'
            end
        ) as status,
        {{ pendo_metadata(accounts, 'industry') }} as industry,
        {{ pendo_metadata(accounts, 'owner') }} as owner,
        {{ pendo_metadata(accounts, 'seats') }} as seats,
        {{ pendo_metadata(accounts, 'renews_on') }} as renews_on
    from {{ accounts['from'] }}
{%- endmacro %}
