-- One row per run and change of a signal: opened, closed, reopened, or withdrawn because late data
-- show that it never held. Rows are appended and never rewritten: they record what each run
-- reported. A signal that opened and closed between two runs was reported to nobody, and none of the
-- hold-out is.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    indexes=indexes_on(['changed_on']),
) }}

with

signals as (
    select * from {{ ref('signals') }}
    where not is_held_out
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

run as (
    select * from {{ ref('int_run') }}
),

latest as (
    select
        *,
        row_number() over (
            partition by entity_type, entity_id, signal order by opened_on desc
        ) as recency
    from signals
),

current_signals as (
    select
        latest.*,
        previous.last_seen_on as previous_last_seen_on
    from latest
    left join latest as previous
        on
            latest.entity_type = previous.entity_type
            and latest.entity_id = previous.entity_id
            and latest.signal = previous.signal
            and previous.recency = 2
    where latest.recency = 1
),

{% if is_incremental() -%}
told_changes as (
    select
        *,
        row_number() over (
            partition by entity_type, entity_id, signal order by recorded_at desc
        ) as recency
    from {{ this }}
),

told as (
    select * from told_changes
    where recency = 1
),

{% else -%}
told as (
    select
        entity_type,
        entity_id,
        signal,
        cast(null as {{ type_text() }}) as change,
        opened_on,
        kind,
        severity,
        account_id,
        owner,
        sentence
    from signals
    where 1 = 0
),

{% endif -%}
compared as (
    select
        coalesce(current_signals.entity_type, told.entity_type) as entity_type,
        coalesce(current_signals.entity_id, told.entity_id) as entity_id,
        coalesce(current_signals.signal, told.signal) as signal,
        coalesce(current_signals.is_open, false) as is_open,
        coalesce(told.change in ('opened', 'reopened'), false)
        and not coalesce(current_signals.previous_last_seen_on >= told.opened_on, false) as was_open,
        told.change as last_recorded_change,
        told.opened_on as told_opened_on,
        coalesce(current_signals.opened_on, told.opened_on) as opened_on,
        current_signals.last_seen_on,
        coalesce(current_signals.kind, told.kind) as kind,
        coalesce(current_signals.severity, told.severity) as severity,
        coalesce(current_signals.account_id, told.account_id) as account_id,
        coalesce(current_signals.owner, told.owner) as owner,
        coalesce(current_signals.sentence, told.sentence) as sentence,
        told.sentence as told_sentence
    from current_signals
    full outer join told
        on
            current_signals.entity_type = told.entity_type
            and current_signals.entity_id = told.entity_id
            and current_signals.signal = told.signal
),

changed as (
    select
        *,
        case
            when is_open and last_recorded_change = 'closed' and opened_on <= told_opened_on then 'reopened'
            when is_open then 'opened'
            when last_seen_on >= told_opened_on then 'closed'
            else 'withdrawn'
        end as change
    from compared
    where is_open <> was_open
),

final as (
    select
        run.run_id,
        changed.entity_type,
        changed.entity_id,
        changed.signal,
        changed.change,
        bounds.as_of as changed_on,
        case when changed.change = 'withdrawn' then changed.told_opened_on else changed.opened_on end
            as opened_on,
        changed.kind,
        changed.severity,
        changed.account_id,
        changed.owner,
        case when changed.change = 'withdrawn' then changed.told_sentence else changed.sentence end
            as sentence,
        {{ run_started() }} as recorded_at
    from changed
    cross join bounds
    cross join run
)

select * from final
