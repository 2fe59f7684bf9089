-- A customer in which nobody has been active for long.

with

active_days as (
    select * from {{ ref('int_active_days') }}
    where entity_type = 'account'
),

rules as (
    select * from {{ ref('signal_rules') }}
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

silences as (
    select
        followed.account_id,
        followed.active_on,
        {{ add_days('followed.active_on', 'rules.min_days') }} as long_from,
        followed.next_active_on
    from followed
    cross join rules
    where followed.next_active_on > {{ add_days('followed.active_on', 'rules.min_days') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_built
),

final as (
    select
        score_dates.score_date,
        'account' as entity_type,
        silences.account_id as entity_id,
        'gone_inactive' as signal,
        {{ comparable_score('0') }} as score,
        {{ comparable_score('null') }} as previous_score,
        cast({{ days_between('silences.active_on', 'score_dates.score_date') }} as {{ type_double() }})
            as value,
        cast(null as {{ type_text() }}) as detail
    from silences
    inner join score_dates
        on
            silences.long_from <= score_dates.score_date
            and silences.next_active_on > score_dates.score_date
    inner join account_periods
        on
            silences.account_id = account_periods.account_id
            and score_dates.score_date >= account_periods.valid_from
            and score_dates.score_date < account_periods.valid_until
    where coalesce(account_periods.status, 'paying') = 'paying'
)

select * from final
