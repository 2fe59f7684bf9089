-- One row per account with an open signal, its own or of one of its users, in the order to work
-- through. Signals count by severity, scaled by the account's MRR and by its risk. Dismissed signals
-- count only once they worsen, those of the hold-out never.
{{ config(indexes=indexes_on(['account_id', 'owner'])) }}

with

open_signals as (
    select * from {{ ref('signals') }}
    where
        is_open
        and account_id is not null
        and not is_dismissed
        and not is_held_out
),

accounts as (
    select * from {{ ref('account_profiles') }}
),

risk as (
    select account_risk.*
    from {{ ref('int_account_risk') }} as account_risk
    inner join {{ ref('int_calendar_bounds') }} as bounds on account_risk.score_date = bounds.as_of
),

revenue as (
    select {{ rate('sum(' ~ as_decimal('mrr', 38, 9) ~ ')', 'count(mrr)') }} as mean_mrr
    from accounts
    where mrr > 0
),

-- Of several users with the same signal, one speaks for all.
ranked as (
    select
        *,
        {{ severity_weight('severity') }} as weight,
        row_number() over (
            partition by account_id, entity_type, signal
            order by opened_on desc, {{ in_byte_order('entity_id') }} asc
        ) as recency,
        min(opened_on) over (partition by account_id, entity_type, signal) as first_opened_on,
        max(case when is_overdue then 1 else 0 end)
            over (partition by account_id, entity_type, signal) as overdue,
        min(case when action_state is null then due_on end)
            over (partition by account_id, entity_type, signal) as next_due_on
    from open_signals
),

ordered as (
    select
        *,
        row_number() over (
            partition by account_id
            order by weight desc, entity_type asc, opened_on desc, {{ in_byte_order('signal') }} asc
        ) as position
    from ranked
    where recency = 1
),

summed as (
    select
        account_id,
        count(*) as open_signals,
        sum(case when kind = 'risk' then 1 else 0 end) as open_risks,
        sum(case when kind = 'opportunity' then 1 else 0 end) as open_opportunities,
        {{ joined_text('signal', 'position') }} as signals,
        max(case when position = 1 then signal end) as top_signal,
        max(case when position = 1 then severity end) as top_severity,
        max(case when position = 1 then sentence end) as top_sentence,
        max(case when position = 1 and entity_type = 'user' then entity_id end) as top_user_id,
        max(case when position = 1 and action_state <> 'dismissed' then action_state end) as top_action_state,
        max(case when position = 1 and action_state <> 'dismissed' then action_by end) as top_action_by,
        min(next_due_on) as next_due_on,
        sum(overdue) as overdue_signals,
        min(first_opened_on) as first_opened_on,
        max(opened_on) as last_opened_on,
        sum(weight) as severity_points
    from ordered
    group by account_id
),

weighed as (
    select
        summed.*,
        accounts.name,
        accounts.owner,
        accounts.plan,
        accounts.status,
        accounts.mrr,
        accounts.renews_on,
        accounts.score,
        accounts.band,
        accounts.trend,
        risk.risk_rank,
        risk.probability as risk_probability,
        {{ as_decimal(
            'summed.severity_points * (1 + coalesce(' ~ rate('greatest(accounts.mrr, 0)', 'revenue.mean_mrr') ~ ', 0))'
            ~ ' * (1 + coalesce(risk.percentile_rank, 0))', 38, 9
        ) }} as weight
    from summed
    cross join revenue
    left join accounts on summed.account_id = accounts.account_id
    left join risk on summed.account_id = risk.account_id
),

final as (
    select
        cast(row_number() over (order by weight desc, {{ in_byte_order('account_id') }} asc) as bigint)
            as priority_rank,
        account_id,
        name,
        owner,
        plan,
        status,
        mrr,
        renews_on,
        score,
        band,
        trend,
        risk_rank,
        risk_probability,
        cast(weight as {{ type_double() }}) as priority,
        cast(severity_points as bigint) as severity_points,
        open_signals,
        cast(open_risks as bigint) as open_risks,
        cast(open_opportunities as bigint) as open_opportunities,
        signals,
        top_signal,
        top_severity,
        top_sentence,
        top_user_id,
        first_opened_on,
        last_opened_on,
        top_action_state,
        top_action_by,
        next_due_on,
        cast(overdue_signals as bigint) as overdue_signals
    from weighed
)

select * from final
