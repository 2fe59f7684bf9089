-- One row per event: what GA4 sends by itself is left out, and so is internal traffic. Its id is made
-- of all that tells one event from another.

{{ config(enabled='ga4' in var('sources')) }}

with

exported as (
    {{ rows_of_ga4([
        'event_timestamp', 'event_name', 'event_params', 'user_id', 'user_pseudo_id', 'user_properties', 'stream_id',
        'batch_page_id', 'batch_ordering_id', 'batch_event_index',
    ]) }}
),

with_parameters as (
    select
        *,
        {{ entries_of('event_params') }} as parameters,
        {{ object_of_entries('event_params') }} as properties
    from exported
    where {{ is_kept_event('event_name', ['first_visit', 'session_start', 'user_engagement', 'scroll'], []) }}
),

final as (
    select
        {{ row_hash([
            'stream_id', 'user_pseudo_id', 'user_id', 'event_name', 'event_timestamp', 'batch_page_id',
            'batch_ordering_id', 'batch_event_index', 'case when batch_event_index is null then properties end',
        ]) }} as event_id,
        event_name,
        coalesce(user_id, user_pseudo_id) as user_id,
        event_timestamp as occurred_at,
        coalesce(
            {{ text_of_entry('parameters', var('ga4_account_key')) }},
            {{ text_of_entry(entries_of('user_properties'), var('ga4_account_key')) }}
        ) as account_id,
        properties
    from with_parameters
    where
        {{ is_traffic_of_ga4('parameters') }}
)

select * from final
