-- An action that no signal can take in has no effect: with an unknown state, without a day, on a signal
-- that no rule has, of an account that nobody knows, or from before the signal opened. Those after the
-- last day that counts wait for it.
{{ config(severity='warn') }}

with

actions as (
    select
        actions.*,
        {{ add_days('actions.acted_on', var('signal_cooldown_days')) }} as begun_by
    from {{ ref('stg_signal_actions') }} as actions
    cross join {{ ref('int_calendar_bounds') }} as bounds
    where
        actions.acted_on is null
        or actions.acted_on <= bounds.as_of
),

signal_names as (
    select distinct signal from {{ seed('signal_rules') }}
),

accounts as (
    select account_id from {{ ref('int_accounts') }}
),

begun as (
    select
        account_id,
        signal,
        min(opened_on) as opened_on
    from {{ ref('int_account_openings') }}
    group by account_id, signal
),

judged as (
    select
        coalesce(actions.account_id, '(empty)') as account_id,
        case
            when coalesce(actions.state, '') not in ('taken', 'done', 'dismissed')
                then 'the state ' || coalesce(actions.state, '(empty)') || ', none of taken, done, dismissed'
            when signal_names.signal is null
                then 'the signal ' || coalesce(actions.signal, '(empty)') || ', which signal_rules lacks'
            when accounts.account_id is null then 'an account that no other input has'
            when actions.acted_on is null then 'neither at nor opened_on'
            when begun.opened_on is null or begun.opened_on > actions.begun_by
                then 'a day by which the account had no signal ' || actions.signal
        end as oddity
    from actions
    left join signal_names on actions.signal = signal_names.signal
    left join accounts on actions.account_id = accounts.account_id
    left join begun
        on
            actions.account_id = begun.account_id
            and actions.signal = begun.signal
)

select
    'signal_actions has ' || oddity || ' (rows: ' || cast(count(*) as {{ type_text() }})
    || ', such as of account ' || {{ first_text('account_id') }} || '): they have no effect' as warning
from judged
where oddity is not null
group by oddity
