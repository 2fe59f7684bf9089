{#- HubSpot's tables, as of source_contract. property_external_account_id, property_plan and property_renewal_date are
    called otherwise in each company: the var input_columns says how. -#}
{% macro contract_of_hubspot() -%}
    {{ return({
        'makes': ['accounts', 'account_history', 'account_facts'],
        'needs': ['company'],
        'tables': {
            'company': {'marks': ['id property_name', 'id property_createdate'], 'columns': {
                'id': 'text', 'is_deleted': 'boolean', '_fivetran_deleted': 'boolean',
                'property_external_account_id': 'text', 'property_name': 'text', 'property_industry': 'text',
                'property_hubspot_owner_id': 'text', 'property_hs_parent_company_id': 'text',
                'property_plan': 'text', 'property_renewal_date': 'date', 'property_createdate': 'time',
            }},
            'owner': {'columns': {'owner_id': 'text', 'email': 'text'}},
            'company_property_history': {'columns': {
                'company_id': 'text', 'name': 'text', 'value': 'text', 'timestamp': 'time',
            }},
            'ticket': {'columns': {
                'id': 'text', 'is_deleted': 'boolean', '_fivetran_deleted': 'boolean', 'property_createdate': 'time',
                'property_closed_date': 'time', 'property_first_agent_reply_date': 'time',
                'property_hs_ticket_priority': 'text',
            }},
            'ticket_company': {'columns': {
                'ticket_id': 'text', 'company_id': 'text', '_fivetran_deleted': 'boolean',
            }},
        },
    }) }}
{%- endmacro %}
