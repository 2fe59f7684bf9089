-- One row per visitor, hour and feature, page or track type, by browser and address, with the number of
-- its events; of Data Sync, one row per event. The name is the latest; without a definition, the id.

{{ config(enabled='pendo' in var('sources')) }}

{% for part in pendo_counts() -%}
{%- set counts = part.counts -%}
{%- set time = first_column(counts, ['timestamp', 'hour', 'day', 'browser_timestamp', 'period_id']) -%}
{%- set used = 'coalesce(' ~ input_column(counts, part.id) ~ ', ' ~ input_column(counts, 'matchable_id') ~ ')' -%}
{%- set key = [used, input_column(counts, time)] -%}
{%- for column in [
    'visitor_id', 'account_id', 'server_name', 'server', 'remote_ip', 'user_agent', 'app_id', 'param_parameter',
    'parameters',
] if input_column_name(counts, column) in counts.columns -%}
{%- do key.append(input_column(counts, column)) -%}
{%- endfor -%}
select
    coalesce(
        {{ input_column(counts, '_fivetran_id') }},
        {{ input_column(counts, 'event_id') }} || coalesce(':' || {{ input_column(counts, 'matchable_id') }}, ''),
        {{ row_hash(key) }}
    ) as event_id,
    coalesce(names.name, {{ used }}{{ ", 'allevents'" if counts.name == 'pendo.events' }}) as event_name,
    {{ input_column(counts, 'visitor_id') }} as user_id,
    {{ input_column(counts, 'account_id') }} as account_id,
    {{ received(counts, time) }} as occurred_at,
    coalesce({{ input_column(counts, '_fivetran_synced') }}, {{ input_column(counts, '_sdc_batched_at') }}) as loaded_at,
    {{ received(counts, 'num_events') }} as quantity
from {{ counts['from'] }}
left join ({{ pendo_names(part.definitions, part.id) }}) as names
    on {{ used }} = names.id
{% if not loop.last -%}
union all
{% endif -%}
{%- else -%}
select
    cast(null as {{ type_text() }}) as event_id,
    cast(null as {{ type_text() }}) as event_name,
    cast(null as {{ type_text() }}) as user_id,
    cast(null as {{ type_timestamp() }}) as occurred_at
from (select 1 as nothing) as nothing
where 1 = 0
{% endfor %}
