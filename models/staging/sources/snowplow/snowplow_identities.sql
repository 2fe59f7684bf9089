-- One row per cookie and the user who was last seen with it: from the user mapping of Snowplow's
-- package where it is there, else from the events.

{{ config(enabled='snowplow' in var('sources')) }}

{% set events, mapping = source_table('snowplow', 'events'), source_table('snowplow', 'user_mapping') -%}
{% set source = mapping if mapping.columns else events -%}
{% set alias_id = input_column(source, 'user_identifier' if mapping.columns else 'domain_userid') -%}
{% set seen_at = input_column(source, 'end_tstamp' if mapping.columns else 'collector_tstamp') -%}

with

links as (
    select
        {{ alias_id }} as alias_id,
        {{ input_column(source, 'user_id') }} as user_id,
        max({{ seen_at }}) as linked_at
    from {{ source['from'] }}
    where
        {{ alias_id }} is not null
        and {{ input_column(source, 'user_id') }} is not null
    group by 1, 2
)

{{ latest_known('links', 'alias_id', ['user_id'], 'linked_at') }}
