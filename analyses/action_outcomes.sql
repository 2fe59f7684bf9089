-- One row per customer with a risk that opened once the hold-out was in force, and whose outcome is known:
-- its first such opening, whether it is held out, whether somebody acted, and whether it pays at the horizon,
-- counted from the last followed date by the opening. The hold-out is in force after the last day on which
-- anything of it was told. Read by engagement evaluate actions.

with

signals as (
    select * from {{ ref('signals') }}
    where account_id is not null
),

held_out as (
    select distinct account_id
    from signals
    where is_held_out
),

told as (
    select max(history.changed_on) as last_told_on
    from {{ ref('signal_history') }} as history
    inner join held_out on history.account_id = held_out.account_id
),

followed_dates as (
    select
        score_date,
        is_known,
        coalesce(lead(score_date) over (order by score_date), cast('9999-12-31' as date)) as next_date
    from {{ ref('int_outcome_dates') }}
    where horizon_days = {{ var('horizon', '90') }}
),

openings as (
    select
        signals.account_id,
        signals.opened_on,
        signals.is_held_out,
        coalesce(signals.action_state in ('taken', 'done'), false) as is_acted_on,
        outcomes.is_retained,
        row_number() over (
            partition by signals.account_id
            order by
                signals.opened_on,
                case when signals.action_state in ('taken', 'done') then 0 else 1 end
        ) as position
    from signals
    cross join told
    inner join followed_dates
        on
            signals.opened_on >= followed_dates.score_date
            and signals.opened_on < followed_dates.next_date
            and followed_dates.is_known
    inner join {{ ref('int_outcomes') }} as outcomes
        on
            followed_dates.score_date = outcomes.score_date
            and signals.account_id = outcomes.account_id
            and outcomes.horizon_days = {{ var('horizon', '90') }}
    where
        signals.kind = 'risk'
        and signals.opened_on > coalesce(told.last_told_on, cast('0001-01-01' as date))
),

final as (
    select
        account_id,
        opened_on,
        is_held_out,
        is_acted_on,
        is_retained
    from openings
    where position = 1
)

select * from final
