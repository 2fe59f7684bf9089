-- What looks wrong in subscriptions: rows of one subscription and day, of which the largest counts though
-- they are rather two subscriptions; refunds, which are no revenue; and agreed ends of what pays nothing.
{{ config(severity='warn') }}

with

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

repeated as (
    select
        account_id,
        month
    from subscriptions
    where mrr >= 0
    group by account_id, coalesce(subscription_id, ''), month
    having count(*) > 1
)

select
    'subscriptions has several rows of one day and subscription (' || cast(count(*) as {{ type_text() }})
    || ' times, such as account ' || {{ first_text('account_id') }}
    || '), of which the largest counts: name each in subscription_id' as warning
from repeated
having count(*) > 0
union all
select
    'subscriptions has ' || cast(count(*) as {{ type_text() }}) || ' negative amounts, such as of account '
    || {{ first_text('account_id') }} || ': refunds are no revenue' as warning
from subscriptions
where mrr < 0
having count(*) > 0
union all
select
    'subscriptions has ' || cast(count(*) as {{ type_text() }})
    || ' rows with ended_as_agreed and no amount, such as of account ' || {{ first_text('account_id') }}
    || ': say it on the row of the last month that was paid' as warning
from subscriptions
where
    ended_as_agreed
    and mrr = 0
having count(*) > 0
