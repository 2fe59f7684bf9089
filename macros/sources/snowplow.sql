{#- Snowplow's tables, as of source_contract. account_entity is a table of an entity as Redshift and Postgres have it. -#}
{% macro contract_of_snowplow() -%}
    {{ return({
        'makes': ['events', 'identities'],
        'needs': ['events'],
        'tables': {
            'events': {'marks': ['collector_tstamp derived_tstamp domain_userid'], 'columns': {
                'app_id': 'text', 'etl_tstamp': 'time', 'collector_tstamp': 'time', 'event': 'text', 'event_id': 'text',
                'user_id': 'text', 'domain_userid': 'text', 'network_userid': 'text', 'se_action': 'text',
                'useragent': 'text', 'derived_tstamp': 'time', 'event_name': 'text', 'load_tstamp': 'time',
                'contexts_com_iab_snowplow_spiders_and_robots_1': 'json',
                'contexts_com_iab_snowplow_spiders_and_robots_1_0_0': 'json',
                'account_id': 'text', 'account_entity': 'json', 'properties': 'json',
            }},
            'account_entity': {'called': ['account_entity', '*_account_1'], 'columns': {'root_id': 'text', 'root_tstamp': 'time', 'account_id': 'text'}},
            'user_mapping': {
                'called': ['snowplow_unified_user_mapping'],
                'columns': {'user_identifier': 'text', 'user_id': 'text', 'end_tstamp': 'time'},
            },
        },
    }) }}
{%- endmacro %}


{#- A condition that holds for the events of bots: as the entity of IAB's list says, else by the useragent. -#}
{% macro is_bot_of_snowplow(events) -%}
    {%- set verdicts = [] -%}
    {%- for version in ('1', '1_0_0') -%}
        {%- set entity = input_column(events, 'contexts_com_iab_snowplow_spiders_and_robots_' ~ version) -%}
        {%- do verdicts.append(json_field(entity, [0], 'spider_or_robot')) -%}
    {%- endfor -%}
    {%- set useragent = 'lower(' ~ input_column(events, 'useragent') ~ ')' -%}
    case coalesce({{ verdicts | join(', ') }})
        when 'true' then true
        when 'false' then false
        else coalesce(
            {{ useragent }} like '%crawler%'
            or {{ useragent }} like '%spider%'
            or ({{ useragent }} like '%bot%' and {{ useragent }} not like '%cubot%'),
            false
        )
    end
{%- endmacro %}


{#- The account of an event: its own column, else the field of the entity that the var input_columns names as
    account_entity, else of the entities whose name ends in account. -#}
{% macro account_of_snowplow(events) -%}
    {%- set entities = [] -%}
    {%- if input_column_name(events, 'account_entity') in events.columns -%}
        {%- do entities.append(input_column(events, 'account_entity')) -%}
    {%- else -%}
        {%- for name, column in events.columns.items()
            if name.startswith('contexts_') and '_account_' in name -%}
            {%- do entities.append(json_as_text(adapter.quote(column.name), column.data_type)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set accounts = [input_column(events, 'account_id')] -%}
    {%- for entity in entities -%}
        {%- do accounts.append(json_field(entity, [0], var('snowplow_account_field'))) -%}
    {%- endfor -%}
    coalesce({{ accounts | join(', ') }})
{%- endmacro %}


{#- The JSON of an event: the column of self-describing events that holds its own, whatever its name. -#}
{% macro properties_of_snowplow(events) -%}
    {%- set bodies = [input_column(events, 'properties')] -%}
    {%- for name, column in events.columns.items() if name.startswith('unstruct_event_') -%}
        {%- do bodies.append(json_as_text(adapter.quote(column.name), column.data_type)) -%}
    {%- endfor -%}
    coalesce({{ bodies | join(', ') }})
{%- endmacro %}
