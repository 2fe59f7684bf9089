-- One row per score date and customer among those most at risk that somebody still uses: as many as can be
-- called, and no more than a share of them.

with

rules as (
    select * from {{ seed('signal_rules') }}
    where
        entity_type = 'account'
        and signal = 'at_risk'
),

ranked as (
    select
        account_risk.*,
        rules.alert_budget,
        rules.max_share,
        row_number() over (
            partition by account_risk.score_date
            order by account_risk.risk_rank, {{ in_byte_order('account_risk.account_id') }}
        ) as place,
        count(*) over (partition by account_risk.score_date) as customers_in_use
    from {{ ref('int_account_risk') }} as account_risk
    inner join rules on account_risk.days_since_active <= rules.max_days
),

final as (
    select
        score_date,
        'account' as entity_type,
        account_id as entity_id,
        'at_risk' as signal,
        {{ comparable_score('score') }} as score,
        {{ comparable_score('previous_score') }} as previous_score,
        cast(risk_rank as {{ type_double() }}) as measured_value,
        reasons as evidence
    from ranked
    where
        place <= alert_budget
        and place <= ceil(max_share * customers_in_use)
)

select * from final
