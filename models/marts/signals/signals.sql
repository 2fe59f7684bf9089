-- One row per entity, signal and opening: when it opened, whether it is still open, what it rests
-- on, what to do about it, and what somebody did. A pure function of the data: the same inputs give
-- the same rows.
{{ config(indexes=indexes_on(['opened_on', 'account_id'])) }}

with

openings as (
    select * from {{ ref('int_account_openings') }}
),

signal_days as (
    select * from {{ ref('int_signal_days') }}
),

rules as (
    select * from {{ seed('signal_rules') }}
),

score_dates as (
    select
        score_date,
        window_days
    from {{ ref('int_score_dates') }}
    where is_built
),

accounts as (
    select * from {{ ref('account_profiles') }}
),

actions as (
    select * from {{ ref('int_signal_actions') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

described as (
    select
        openings.entity_type,
        openings.entity_id,
        openings.signal,
        openings.opened_on,
        openings.last_seen_on,
        openings.closed_on,
        openings.closed_on is null as is_open,
        rules.kind,
        rules.severity,
        accounts.account_id,
        accounts.name as account_name,
        accounts.owner,
        cast(signal_days.score as {{ type_double() }}) as score,
        cast(signal_days.previous_score as {{ type_double() }}) as previous_score,
        signal_days.measured_value,
        signal_days.evidence,
        rules.fact,
        signal_days.fact_value,
        {{ filled_sentence(
            'rules.sentence', 'signal_days.score', 'signal_days.previous_score', 'signal_days.measured_value',
            'signal_days.evidence', 'score_dates.window_days', 'openings.entity_id'
        ) }} as sentence,
        actions.state as action_state,
        actions.acted_on as action_on,
        {{ personal('actions.acted_by') }} as action_by,
        {{ personal('actions.note') }} as action_note,
        coalesce(actions.is_dismissed, false) as is_dismissed,
        {{ is_held_out('accounts.account_id') }} as is_held_out,
        {{ add_days('openings.opened_on', 'rules.due_days') }} as due_on
    from openings
    inner join rules
        on
            openings.entity_type = rules.entity_type
            and openings.signal = rules.signal
    inner join signal_days
        on
            openings.last_seen_on = signal_days.score_date
            and openings.entity_type = signal_days.entity_type
            and openings.entity_id = signal_days.entity_id
            and openings.signal = signal_days.signal
    inner join score_dates on openings.last_seen_on = score_dates.score_date
    left join accounts on openings.account_id = accounts.account_id
    left join actions
        on
            openings.entity_type = actions.entity_type
            and openings.entity_id = actions.entity_id
            and openings.signal = actions.signal
            and openings.opened_on = actions.opened_on
            and accounts.account_id is not null
),

final as (
    select
        described.*,
        coalesce(
            described.is_open
            and not described.is_held_out
            and described.action_state is null
            and described.due_on < bounds.as_of,
            false
        ) as is_overdue
    from described
    cross join bounds
)

select * from final
