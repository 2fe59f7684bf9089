-- One row per event as it was loaded: pings of pages, bots and the apps of tests are left out.

{{ config(enabled='snowplow' in var('sources')) }}

{% set events, entities = source_table('snowplow', 'events'), source_table('snowplow', 'account_entity') -%}

with

events as (
    select
        {{ input_column(events, 'event_id') }} as event_id,
        case {{ input_column(events, 'event') }}
            when 'struct' then {{ input_column(events, 'se_action') }}
            when 'page_view' then 'Page Viewed'
            else {{ input_column(events, 'event_name') }}
        end as event_name,
        coalesce(
            {{ input_column(events, 'user_id') }},
            {{ input_column(events, 'domain_userid') }},
            {{ input_column(events, 'network_userid') }}
        ) as user_id,
        {{ received(events, 'derived_tstamp') }} as occurred_at,
        {{ account_of_snowplow(events) }} as account_id,
        coalesce(
            {{ input_column(events, 'load_tstamp') }},
            {{ input_column(events, 'etl_tstamp') }}
        ) as loaded_at,
        {{ properties_of_snowplow(events) }} as properties
    from {{ events['from'] }}
    where
        {{ is_kept_event(input_column(events, 'event'), ['page_ping'], []) }}
        {%- for pattern in var('snowplow_app_ids_left_out') %}
        and coalesce({{ input_column(events, 'app_id') }}, '')
        not like {{ text_literal(pattern | replace('*', '%')) }}
        {%- endfor %}
        {%- if not var('snowplow_bots_kept') %}
        and not {{ is_bot_of_snowplow(events) }}
        {%- endif %}
),

{% if entities.columns -%}
-- An event may have several entities; the first that came counts.
entities as (
    select
        root_id,
        account_id
    from (
        select
            {{ input_column(entities, 'root_id') }} as root_id,
            {{ input_column(entities, 'account_id') }} as account_id,
            row_number() over (
                partition by {{ input_column(entities, 'root_id') }}
                order by {{ input_column(entities, 'root_tstamp') }}, {{ input_column(entities, 'account_id') }}
            ) as position
        from {{ entities['from'] }}
        where {{ input_column(entities, 'account_id') }} is not null
    ) as dated
    where position = 1
),

{% endif -%}
final as (
    select
        events.event_id,
        events.event_name,
        events.user_id,
        events.occurred_at,
        {% if entities.columns -%}
        coalesce(events.account_id, entities.account_id) as account_id,
        {% else -%}
        events.account_id,
        {% endif -%}
        events.loaded_at,
        events.properties
    from events
    {%- if entities.columns %}
    left join entities on events.event_id = entities.root_id
    {%- endif %}
)

select * from final
