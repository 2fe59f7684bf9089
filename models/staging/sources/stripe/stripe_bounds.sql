-- One row: the first day of any subscription, and the last day on which they are known: that of the
-- last sync, but not after the var reference_time.

{{ config(enabled='stripe' in var('sources')) }}

{% set subscriptions = source_table('stripe', 'subscription') -%}
{% set now = time_literal(var('reference_time')) if var('reference_time') else run_started() -%}

with

synced as (
    {% for table in ['customer', 'subscription', 'invoice'] -%}
    {%- set source = source_table('stripe', table) -%}
    select {{ input_column(source, '_fivetran_synced') }} as synced_at
    from {{ source['from'] }}
    {% if not loop.last %}union all
    {% endif %}
    {%- endfor %}
),

started as (
    select min({{ local_date(
        'coalesce(' ~ input_column(subscriptions, 'start_date') ~ ', ' ~ input_column(subscriptions, 'created') ~ ')'
    ) }}) as first_day
    from {{ subscriptions['from'] }}
    where {{ is_live(subscriptions) }}
),

known as (
    select
        coalesce(
            max(case when synced_at < {{ now }} then synced_at else {{ now }} end), {{ now }}
        ) as known_at
    from synced
    where synced_at is not null
),

final as (
    select
        started.first_day,
        {{ local_date('known.known_at') }} as last_day
    from started
    cross join known
)

select * from final
