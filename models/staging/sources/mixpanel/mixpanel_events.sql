-- One row per event, without those that are no behaviour. Its id is made of what Mixpanel itself knows
-- copies by: name, distinct_id as received, time and insert_id; without an insert_id, all that it says.

{{ config(enabled='mixpanel' in var('sources')) }}

{% set events = source_table('mixpanel', 'events') -%}
{% set ids, time = mixpanel_ids(events), mixpanel_time(events) -%}

with

calls as (
    select
        {{ ids.event_name }} as event_name,
        {{ ids.distinct_id }} as distinct_id,
        {{ ids.former_id }} as former_id,
        {{ ids.user_id }} as user_id,
        {{ ids.insert_id }} as insert_id,
        {{ time.received }} as occurred_at,
        {{ time.text }} as stated_time,
        {% if input_column_name(events, 'account_id') in events.columns -%}
        coalesce(
            {{ json_text(input_column(events, 'account_id'), [0]) }},
            nullif({{ input_column(events, 'account_id') }}, '[]')
        )
        {%- else -%}
        {{ first_json_text(input_column(events, 'properties'), [var('mixpanel_group_key')]) }}
        {%- endif %} as account_id,
        coalesce(
            {{ input_column(events, '_fivetran_synced') }},
            {{ input_column(events, '_airbyte_extracted_at') }},
            {{ mixpanel_processed_at(events) }}
        ) as loaded_at,
        {{ mixpanel_processed_at(events) }} as processed_at,
        {{ input_column(events, 'properties') }} as properties
    from {{ events['from'] }}
)

select
    {{ row_hash([
        'event_name',
        'coalesce(former_id, distinct_id)',
        'stated_time',
        'insert_id',
        'case when insert_id is null then properties end',
        'case when insert_id is null then ' ~ time_text('processed_at') ~ ' end',
    ]) }} as event_id,
    event_name,
    coalesce(user_id, distinct_id) as user_id,
    occurred_at,
    account_id,
    loaded_at,
    properties
from calls
where
    {{ is_kept_event(
        'event_name',
        ['$session_start', '$session_end', '$identify', '$create_alias', '$merge'],
        ['$mp_', '$ae_'],
    ) }}
