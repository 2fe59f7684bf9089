-- One row per date of a published run (its as_of) and signal that was open then, as the first run to show it
-- published it. It answers: which signals did readers see open on that day, and with which sentence?
-- (signal_history answers another question: what did a run report as changed? It has one row when a signal
-- opens and none while it stays open, though its sentence moves with the figures.) A signal that a later run
-- of the same date adds is added; nothing rewrites a row, not even a full refresh.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    indexes=indexes_on(['score_date', 'account_id']),
) }}

with

open_signals as (
    select * from {{ ref('signals') }}
    where is_open
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

{% if is_incremental() -%}
published as (
    select * from {{ this }}
    where score_date = (select as_of from bounds)
),

{% endif -%}
final as (
    select
        bounds.as_of as score_date,
        open_signals.entity_type,
        open_signals.entity_id,
        open_signals.signal,
        open_signals.opened_on,
        open_signals.kind,
        open_signals.severity,
        open_signals.account_id,
        open_signals.measured_value,
        open_signals.evidence,
        open_signals.sentence,
        {{ run_started() }} as published_at
    from open_signals
    cross join bounds
    {%- if is_incremental() %}
    left join published
        on
            open_signals.entity_type = published.entity_type
            and open_signals.entity_id = published.entity_id
            and open_signals.signal = published.signal
    where published.signal is null
    {%- endif %}
)

select * from final
