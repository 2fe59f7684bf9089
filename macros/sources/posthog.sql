{#- The inputs from the tables of PostHog's batch exports. -#}

{#- The tables, as of source_contract. -#}
{% macro contract_of_posthog() -%}
    {{ return({
        'makes': ['events', 'users', 'accounts', 'account_history', 'memberships', 'identities'],
        'needs': ['events'],
        'tables': {
            'events': {
                'called': ['events', 'events_postgres', 'events_s3'],
                'marks': ['uuid event distinct_id timestamp'],
                'columns': {
                    'uuid': 'text', 'event': 'text', 'distinct_id': 'text', 'properties': 'json', 'timestamp': 'time',
                    'created_at': 'time', '_inserted_at': 'time', 'bq_ingested_timestamp': 'time',
                    'snowflake_ingested_timestamp': 'time',
                },
            },
            'persons': {
                'called': ['persons', 'persons_postgres'],
                'columns': {
                    'distinct_id': 'text', 'person_id': 'text', 'properties': 'json',
                    'person_distinct_id_version': 'integer', 'person_version': 'integer', 'created_at': 'time',
                    '_inserted_at': 'time', 'is_deleted': 'boolean',
                },
            },
        },
    }) }}
{%- endmacro %}


{#- A distinct_id as the id of a user: null where it is one that PostHog refuses to identify, such as anonymous and null,
    or one of the var posthog_static_ids. -#}
{% macro posthog_user_id(distinct_id) -%}
    {%- set in_any_case = [
        'anonymous', 'guest', 'distinctid', 'distinct_id', 'id', 'not_authenticated', 'email', 'undefined', 'true', 'false',
    ] -%}
    {%- set as_written = ['[object Object]', 'NaN', 'None', 'none', 'null', '0'] + var('posthog_static_ids') -%}
    case
        when
            lower({{ distinct_id }}) not in ({{ text_literals(in_any_case) }})
            and {{ distinct_id }} not in ({{ text_literals(as_written) }})
            then {{ distinct_id }}
    end
{%- endmacro %}
