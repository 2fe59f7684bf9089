-- Customers of vendors (var sources) that are no account: the id of the product is not where it is looked
-- for, or the customer has none.
{{ config(severity='warn') }}

{% set models = {
    'stripe': 'stripe_customers', 'hubspot': 'hubspot_companies', 'salesforce': 'salesforce_records',
    'zendesk': 'zendesk_organizations', 'intercom': 'intercom_companies',
} -%}
{% for vendor in var('sources') if vendor in models -%}
select
    '{{ vendor }}: ' || cast(count(*) - count(account_id) as {{ type_text() }}) || ' of '
    || cast(count(*) as {{ type_text() }}) || ' customers belong to no account, such as '
    || {{ first_text('case when account_id is null then vendor_id end') }}
    || ': docs/sources/{{ vendor }}.md says where the account comes from' as warning
from {{ ref(models[vendor]) }}
having count(*) > count(account_id)
union all
{% endfor -%}
select cast(null as {{ type_text() }}) as warning
from (select 1 as nothing) as nothing
where 1 = 0
