-- One row per id and the id that it was resolved to: as the table of identity mappings says, where it is
-- there; else as the events say that hold an id beside the one they count for. A device belongs to its
-- first user.

{{ config(enabled='mixpanel' in var('sources')) }}

{% set mappings = source_table('mixpanel', 'identity_mappings') -%}
{% set events = source_table('mixpanel', 'events') -%}
{% set ids, time = mixpanel_ids(events), mixpanel_time(events) -%}

{% if mappings.columns -%}
select distinct
    {{ input_column(mappings, 'distinct_id') }} as alias_id,
    {{ input_column(mappings, 'resolved_distinct_id') }} as user_id
from {{ mappings['from'] }}
where {{ input_column(mappings, 'distinct_id') }} <> {{ input_column(mappings, 'resolved_distinct_id') }}
{%- else -%}
with

seen as (
    select
        {{ ids.distinct_id }} as distinct_id,
        {{ ids.user_id }} as user_id,
        {{ ids.device_id }} as device_id,
        {{ ids.former_id }} as former_id,
        min({{ time.utc }}) as seen_at
    from {{ events['from'] }}
    group by 1, 2, 3, 4
),

known as (
    select
        *,
        row_number() over (partition by device_id order by seen_at, distinct_id) as place_on_device
    from seen
    where
        distinct_id not like '$device:%'
        and distinct_id <> coalesce(device_id, '')
),

links as (
    select
        '$device:' || device_id as alias_id,
        distinct_id as user_id,
        seen_at as linked_at
    from known
    where place_on_device = 1
    union all
    select
        device_id as alias_id,
        distinct_id as user_id,
        seen_at as linked_at
    from known
    where place_on_device = 1
    union all
    select
        user_id as alias_id,
        distinct_id as user_id,
        seen_at as linked_at
    from known
    union all
    select
        former_id as alias_id,
        distinct_id as user_id,
        seen_at as linked_at
    from seen
)

{{ identities_of_links('links') }}
{%- endif %}
