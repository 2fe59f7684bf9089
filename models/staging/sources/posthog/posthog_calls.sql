-- One row per event that says who is who or what a group is: $identify, $create_alias,
-- $merge_dangerously, $groupidentify.

{{ config(enabled='posthog' in var('sources')) }}

{% set events = source_table('posthog', 'events') -%}
{% set properties = input_column(events, 'properties') -%}
{% set is_group = json_text(properties, ['$group_type']) ~ ' = ' ~ text_literal(var('posthog_group_type')) -%}

select
    {{ input_column(events, 'event') }} as event,
    {{ posthog_user_id(input_column(events, 'distinct_id')) }} as user_id,
    {{ input_column(events, 'timestamp') }} as called_at,
    {{ posthog_user_id(
        'coalesce(' ~ json_text(properties, ['$anon_distinct_id']) ~ ', ' ~ json_text(properties, ['alias']) ~ ')'
    ) }} as alias_id,
    {{ json_text(properties, ['$set']) }} as user_traits,
    case when {{ is_group }} then {{ json_text(properties, ['$group_key']) }} end as account_id,
    case when {{ is_group }} then {{ json_text(properties, ['$group_set']) }} end as account_traits
from {{ events['from'] }}
where
    {{ input_column(events, 'event') }} in (
        '$identify', '$create_alias', '$merge_dangerously', '$groupidentify'
    )
