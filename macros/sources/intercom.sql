{#- Intercom's tables, as of source_contract. -#}
{% macro contract_of_intercom() -%}
    {%- set version = {'id': 'text', 'updated_at': 'time', '_fivetran_active': 'boolean', '_fivetran_start': 'time'} -%}
    {{ return({
        'makes': ['accounts', 'users', 'account_history', 'account_facts'],
        'needs': ['company'],
        'tables': {
            'company': {'called': ['company_history', 'company'], 'marks': [
                'id company_id monthly_spend', 'id company_id plan_name',
            ], 'columns': dict(
                version, company_id='text', name='text', plan_name='text', industry='text', monthly_spend='number'
            )},
            'contact': {'called': ['contact_history', 'contact'], 'columns': dict(
                version, external_id='text', email='text', role='text', signed_up_at='time'
            )},
            'contact_company': {'called': ['contact_company_history', 'contact_company'], 'columns': {
                'company_id': 'text', 'contact_id': 'text', 'contact_updated_at': 'time', '_fivetran_active': 'boolean',
            }},
            'conversation': {'called': ['conversation_history', 'conversation'], 'columns': dict(
                version, created_at='time', state='text', priority='text', conversation_rating_value='number',
                conversation_rating_created_at='time', source_author_id='text', source_author_type='text'
            )},
            'conversation_contact': {
                'called': ['conversation_contact_history', 'conversation_contact'],
                'columns': {'conversation_id': 'text', 'contact_id': 'text', '_fivetran_active': 'boolean'},
            },
        },
    }) }}
{%- endmacro %}


{#- Whether a row is the one that holds today, and not one of its history. -#}
{% macro is_active_row(table) -%}
    coalesce({{ input_column(table, '_fivetran_active') }}, true)
{%- endmacro %}
