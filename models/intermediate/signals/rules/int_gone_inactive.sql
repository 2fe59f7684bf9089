-- One row per score date and customer without an active user for many days.

with

active_days as (
    select * from {{ ref('int_active_days') }}
    where entity_type = 'account'
),

rules as (
    select * from {{ seed('signal_rules') }}
    where
        entity_type = 'account'
        and signal = 'gone_inactive'
),

account_periods as (
    select * from {{ ref('int_account_periods') }}
),

followed as (
    select
        entity_id as account_id,
        event_date as active_on,
        coalesce(
            lead(event_date) over (partition by entity_id order by event_date), cast('9999-12-31' as date)
        ) as next_active_on
    from active_days
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_built
),

inputs as (
    select * from {{ ref('int_account_signal_inputs') }}
),

final as (
    select
        score_dates.score_date,
        'account' as entity_type,
        followed.account_id as entity_id,
        'gone_inactive' as signal,
        coalesce(inputs.score, {{ comparable_score('0') }}) as score,
        inputs.previous_score,
        cast({{ days_between('followed.active_on', 'score_dates.score_date') }} as {{ type_double() }})
            as measured_value,
        cast(null as {{ type_text() }}) as evidence
    from followed
    inner join score_dates
        on
            followed.active_on < score_dates.score_date
            and followed.next_active_on > score_dates.score_date
    -- Not a cross join before: DuckDB 2.0 then loses the dates without a score.
    inner join rules
        on {{ add_days('followed.active_on', 'rules.min_days') }} <= score_dates.score_date
    inner join account_periods
        on
            followed.account_id = account_periods.account_id
            and score_dates.score_date >= account_periods.valid_from
            and score_dates.score_date < account_periods.valid_until
    left join inputs
        on
            score_dates.score_date = inputs.score_date
            and followed.account_id = inputs.account_id
    where {{ is_customer('account_periods.status') }}
)

select * from final
