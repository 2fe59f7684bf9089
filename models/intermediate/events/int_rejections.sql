-- One row per distinct source row that cannot be used, and the reason; days after as_of are still among
-- them. part: its day, if it has a credible one (is_dated), else the day it was loaded on, else the first
-- there is.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['is_dated', 'part'],
    meta={'holds': 'what was read', 'replaced': 'int_replaced_rejections'},
) }}

{% set run = this_run() -%}

with

rejected_events as (
    select
        event_id,
        event_name,
        user_id,
        account_id,
        received_occurred_at,
        loaded_at,
        properties,
        event_date,
        reason
    from {{ ref('int_unusable_events') }}
    {%- if not run.reads_everything %}
    where event_date is not null
    {%- for condition in [
        loaded_from(run.watermark.strftime('%Y-%m-%d')) ~ ' and loaded_at is not null', never_loaded()
    ] %}
    union all
    select
        event_id,
        event_name,
        user_id,
        account_id,
        received_occurred_at,
        loaded_at,
        properties,
        event_date,
        rejection_reason as reason
    from {{ ref('stg_events') }}
    where
        rejection_reason is not null
        and event_date is null
        and {{ condition }}
    {%- endfor %}
    {%- endif %}
)

select
    event_date is not null as is_dated,
    coalesce(event_date, cast(loaded_at as date), cast('0001-01-01' as date)) as part,
    event_id,
    event_name,
    user_id,
    account_id,
    received_occurred_at as occurred_at,
    loaded_at,
    properties,
    event_date,
    reason,
    count(*) as copies
from rejected_events
group by
    event_id,
    event_name,
    user_id,
    account_id,
    received_occurred_at,
    loaded_at,
    properties,
    event_date,
    reason
-- depends_on: {{ ref('int_run') }}, {{ ref('int_replaced_rejections') }}, {{ ref('stg_events') }}
