-- One row per event; of those that PostHog names itself, with a $, only $pageview and $screen, and
-- what the var source_events_kept names.

{{ config(enabled='posthog' in var('sources')) }}

{% set events = source_table('posthog', 'events') -%}
{% set properties = input_column(events, 'properties') -%}
{% set accounts = [json_text(properties, ['$groups', var('posthog_group_type')])] -%}
{% if var('posthog_group_index') is not none -%}
{% do accounts.append(json_text(properties, ['$group_' ~ var('posthog_group_index')])) -%}
{% endif -%}

select
    {{ input_column(events, 'uuid') }} as event_id,
    {{ input_column(events, 'event') }} as event_name,
    {{ posthog_user_id(input_column(events, 'distinct_id')) }} as user_id,
    {{ received(events, 'timestamp') }} as occurred_at,
    {{ 'coalesce(' ~ accounts | join(', ') ~ ')' if accounts | length > 1 else accounts[0] }} as account_id,
    coalesce(
        {{ input_column(events, 'bq_ingested_timestamp') }},
        {{ input_column(events, 'snowflake_ingested_timestamp') }},
        {{ input_column(events, '_inserted_at') }},
        {{ input_column(events, 'created_at') }}
    ) as loaded_at,
    {{ properties }} as properties
from {{ events['from'] }}
where
    coalesce({{ input_column(events, 'event') }}, '') not like '$%'
    or {{ input_column(events, 'event') }} in (
        {{ text_literals(['$pageview', '$screen'] + var('source_events_kept')) }}
    )
