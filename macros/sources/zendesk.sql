{#- Zendesk's tables, as of source_contract. -#}
{% macro contract_of_zendesk() -%}
    {{ return({
        'makes': ['accounts', 'users', 'account_facts'],
        'needs': ['ticket', 'organization'],
        'tables': {
            'organization': {'marks': ['id external_id shared_tickets'], 'columns': {
                'id': 'text', 'external_id': 'text', 'name': 'text', 'created_at': 'time', '_fivetran_deleted': 'boolean',
            }},
            'user': {'columns': {
                'id': 'text', 'external_id': 'text', 'organization_id': 'text', 'email': 'text', 'role': 'text',
                'created_at': 'time', '_fivetran_deleted': 'boolean',
            }},
            'ticket': {'marks': ['id organization_id requester_id'], 'columns': {
                'id': 'text', 'organization_id': 'text', 'requester_id': 'text', 'status': 'text', 'priority': 'text',
                'created_at': 'time', 'updated_at': 'time', 'merged_ticket_ids': 'json', '_fivetran_deleted': 'boolean',
            }},
            'ticket_field_history': {'columns': {
                'ticket_id': 'text', 'field_name': 'text', 'updated': 'time', 'value': 'text',
            }},
        },
    }) }}
{%- endmacro %}
