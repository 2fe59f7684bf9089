-- One row per action that somebody took on a signal of an account: taken, done or dismissed. acted_on is the
-- day of its time, else the day on which the signal opened.

{% set signal_actions = input('signal_actions') -%}

with

actions as (
    select
        {{ surviving_account_id(signal_actions) }} as account_id,
        {{ input_column(signal_actions, 'signal') }} as signal,
        {{ input_column(signal_actions, 'opened_on') }} as opened_on,
        {{ input_column(signal_actions, 'state') }} as state,
        {{ input_column(signal_actions, 'at') }} as acted_at,
        {{ input_column(signal_actions, 'by') }} as acted_by,
        {{ input_column(signal_actions, 'note') }} as note
    from {{ signal_actions['from'] }}
    {{ join_merged_accounts(signal_actions) }}
),

final as (
    select
        account_id,
        signal,
        opened_on,
        state,
        acted_at,
        coalesce({{ local_date('acted_at') }}, opened_on) as acted_on,
        {{ unless_erased('acted_by', 'acted_by') }} as acted_by,
        {{ unless_erased('note', 'acted_by') }} as note
    from actions
)

select * from final
