-- One row per score date and account of whose invoices few have been paid: a rule of signals of the company's own.

select
    scores.score_date,
    'account' as entity_type,
    scores.account_id as entity_id,
    'seldom_paid' as signal,
    scores.score,
    scores.previous_score,
    cast(paid.paid as double precision) as measured_value,
    cast(null as {{ product_engagement.type_text() }}) as evidence
from {{ ref('product_engagement', 'account_scores') }} as scores
inner join (
    select
        account_id,
        sum(case when event_name = 'invoice_paid' then 1 else 0 end) as paid,
        count(*) as events
    from {{ ref('stg_events') }}
    group by account_id
) as paid
    on scores.account_id = paid.account_id
where paid.paid * 4 < paid.events
