-- One row per entity and attribute that the var segment_attributes names: a column of users or
-- accounts beyond the contract, as text.

{% for attribute in segment_attributes() -%}
{%- set source = input(attribute.input) -%}
select
    '{{ attribute.entity_type }}' as entity_type,
    {{ input_column(source, attribute.entity_type ~ '_id') }} as entity_id,
    '{{ attribute.column }}' as attribute,
    {{ input_column_as_text(source, attribute.column) }} as value
from {{ source['from'] }}
{% if attribute.entity_type == 'account' -%}
{{ join_merged_accounts(source) }}
where merged_accounts.merged_account_id is null
{% endif -%}
{% if not loop.last %}union all
{% endif %}
{%- else -%}
select
    cast(null as {{ type_text() }}) as entity_type,
    cast(null as {{ type_text() }}) as entity_id,
    cast(null as {{ type_text() }}) as attribute,
    cast(null as {{ type_text() }}) as value
from (select 1 as nothing) as nothing
where 1 = 0
{% endfor %}
