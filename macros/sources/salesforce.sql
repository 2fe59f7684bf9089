{#- Salesforce's tables, as of source_contract. app_account_id_c, plan_c and renewal_date_c are called otherwise in each
    company: the var input_columns says how. -#}
{% macro contract_of_salesforce() -%}
    {%- set account = {
        'id': 'text', 'is_deleted': 'boolean', 'master_record_id': 'text', 'app_account_id_c': 'text', 'name': 'text',
        'parent_id': 'text', 'owner_id': 'text', 'industry': 'text', 'plan_c': 'text', 'renewal_date_c': 'date',
        'created_date': 'time', '_fivetran_active': 'boolean', '_fivetran_deleted': 'boolean', '_fivetran_start': 'time',
    } -%}
    {{ return({
        'makes': ['accounts', 'account_history'],
        'needs': ['account'],
        'tables': {
            'account': {
                'called': ['account', 'account_history'], 'columns': account,
                'marks': ['id owner_id parent_id is_deleted', 'id owner_id master_record_id'],
            },
            'account_history': {'called': ['account_history', 'account'], 'columns': account},
            'user': {'columns': {'id': 'text', 'email': 'text', '_fivetran_active': 'boolean'}},
            'opportunity': {'columns': {
                'id': 'text', 'account_id': 'text', 'close_date': 'date', 'is_closed': 'boolean', 'is_deleted': 'boolean',
                'type': 'text', '_fivetran_active': 'boolean', '_fivetran_deleted': 'boolean',
            }},
        },
    }) }}
{%- endmacro %}


{#- An id of Salesforce without the three signs that only some exports have after its fifteen. -#}
{% macro salesforce_id(id) -%}
    {{ return('substr(' ~ id ~ ', 1, 15)') }}
{%- endmacro %}
