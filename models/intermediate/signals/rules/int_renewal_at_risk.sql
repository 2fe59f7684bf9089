-- One row per score date and customer whose contract renews soon, among the renewals most at risk: as many as
-- can be called, and no more than a share of them.

with

rules as (
    select * from {{ seed('signal_rules') }}
    where
        entity_type = 'account'
        and signal = 'renewal_at_risk'
),

renewals as (
    select
        account_risk.*,
        {{ days_between('account_risk.score_date', 'accounts.renews_on') }} as days_left
    from {{ ref('int_account_risk') }} as account_risk
    inner join {{ ref('int_accounts') }} as accounts
        on
            account_risk.account_id = accounts.account_id
            and account_risk.score_date <= accounts.renews_on
),

ranked as (
    select
        renewals.*,
        rules.alert_budget,
        rules.max_share,
        row_number() over (
            partition by renewals.score_date
            order by renewals.risk_rank, {{ in_byte_order('renewals.account_id') }}
        ) as place,
        count(*) over (partition by renewals.score_date) as renewals_soon
    from renewals
    inner join rules on renewals.days_left <= rules.max_days
),

final as (
    select
        score_date,
        'account' as entity_type,
        account_id as entity_id,
        'renewal_at_risk' as signal,
        {{ comparable_score('score') }} as score,
        {{ comparable_score('previous_score') }} as previous_score,
        cast(days_left as {{ type_double() }}) as measured_value,
        reasons as evidence
    from ranked
    where
        place <= alert_budget
        and place <= ceil(max_share * renewals_soon)
)

select * from final
