-- One row per account, fact and time in which its latest value stayed the same: [measured_from,
-- measured_until). If a day has several values, the largest is used.

with

account_facts as (
    select * from {{ ref('stg_account_facts') }}
),

daily_facts as (
    select
        account_id,
        name,
        measured_on,
        max(value) as value
    from account_facts
    where
        measured_on is not null
        and value is not null
    group by account_id, name, measured_on
),

final as (
    select
        account_id,
        name,
        measured_on as measured_from,
        coalesce(
            lead(measured_on) over (partition by account_id, name order by measured_on),
            cast('9999-12-31' as date)
        ) as measured_until,
        value
    from daily_facts
)

select * from final
