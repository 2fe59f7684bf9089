-- One row per entity, signal and opening: when it opened, whether it is still open, what it rests
-- on, and what to do about it. A pure function of the data: the same inputs give the same rows.
{{ config(indexes=indexes_on(['opened_on', 'account_id'])) }}

with

openings as (
    select * from {{ ref('int_signal_openings') }}
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

user_accounts as (
    select * from {{ ref('int_user_accounts') }}
),

accounts as (
    select * from {{ ref('account_profiles') }}
),

final as (
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
        ) }} as sentence
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
    left join user_accounts
        on
            openings.entity_type = 'user'
            and openings.entity_id = user_accounts.user_id
            and openings.last_seen_on >= user_accounts.valid_from
            and openings.last_seen_on < user_accounts.valid_until
    left join accounts
        on accounts.account_id = case
            when openings.entity_type = 'account' then openings.entity_id
            else user_accounts.account_id
        end
)

select * from final
