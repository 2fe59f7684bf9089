-- One row per score date and customer without an active user for many days: as many as can be called, those
-- that fell silent last, since the others have been told of before.

with

rules as (
    select * from {{ seed('signal_rules') }}
    where
        entity_type = 'account'
        and signal = 'gone_inactive'
),

ranked as (
    select
        account_risk.*,
        rules.alert_budget,
        row_number() over (
            partition by account_risk.score_date
            order by
                account_risk.days_since_active,
                account_risk.risk_rank,
                {{ in_byte_order('account_risk.account_id') }}
        ) as place
    from {{ ref('int_account_risk') }} as account_risk
    inner join rules on account_risk.days_since_active >= rules.min_days
),

final as (
    select
        score_date,
        'account' as entity_type,
        account_id as entity_id,
        'gone_inactive' as signal,
        {{ comparable_score('score') }} as score,
        {{ comparable_score('previous_score') }} as previous_score,
        cast(days_since_active as {{ type_double() }}) as measured_value,
        cast(null as {{ type_text() }}) as evidence
    from ranked
    where place <= alert_budget
)

select * from final
