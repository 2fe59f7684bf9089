-- One row per score date and customer whose contract renews soon and whose score is low or falling.

with

accounts as (
    select * from {{ ref('int_accounts') }}
    where renews_on is not null
),

rules as (
    select * from {{ seed('signal_rules') }}
    where
        entity_type = 'account'
        and signal = 'renewal_at_risk'
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_built
),

account_periods as (
    select * from {{ ref('int_account_periods') }}
),

inputs as (
    select * from {{ ref('int_account_signal_inputs') }}
),

final as (
    select
        score_dates.score_date,
        'account' as entity_type,
        accounts.account_id as entity_id,
        'renewal_at_risk' as signal,
        coalesce(inputs.score, 0) as score,
        inputs.previous_score,
        cast({{ days_between('score_dates.score_date', 'accounts.renews_on') }} as {{ type_double() }})
            as measured_value,
        cast(accounts.renews_on as {{ type_text() }}) as evidence
    from accounts
    inner join score_dates
        on
            coalesce(accounts.signup_on <= score_dates.score_date, true)
            and accounts.renews_on >= score_dates.score_date
    -- Not a cross join before: DuckDB 2.0 then loses the dates without a score.
    inner join rules
        on {{ add_days('accounts.renews_on', '-rules.max_days') }} <= score_dates.score_date
    inner join account_periods
        on
            accounts.account_id = account_periods.account_id
            and score_dates.score_date >= account_periods.valid_from
            and score_dates.score_date < account_periods.valid_until
    left join inputs
        on
            score_dates.score_date = inputs.score_date
            and accounts.account_id = inputs.account_id
    where
        {{ is_customer('account_periods.status') }}
        and (
            coalesce(inputs.score, 0) <= rules.max_score
            or inputs.trend = 'cooling'
        )
)

select * from final
