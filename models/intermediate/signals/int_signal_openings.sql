-- One row per entity, signal and opening: the first and the last score date on which its rule held,
-- and the first on which it no longer did. A signal that returns within signal_cooldown_days
-- continues the same opening. A day on which it is held back counts as one on which it did not hold.

with

signal_days as (
    select
        score_date,
        entity_type,
        entity_id,
        signal
    from {{ ref('int_signal_days') }}
    where not is_held_back
),

score_dates as (
    select
        score_date,
        lag(score_date) over (order by score_date) as date_before,
        lead(score_date) over (order by score_date) as next_date
    from {{ ref('int_score_dates') }}
    where is_built
),

followed as (
    select
        signal_days.score_date,
        signal_days.entity_type,
        signal_days.entity_id,
        signal_days.signal,
        score_dates.date_before,
        score_dates.next_date,
        lag(signal_days.score_date) over (
            partition by signal_days.entity_type, signal_days.entity_id, signal_days.signal
            order by signal_days.score_date
        ) as held_before
    from signal_days
    inner join score_dates on signal_days.score_date = score_dates.score_date
),

numbered as (
    select
        *,
        sum(
            case
                when
                    held_before = date_before
                    or held_before >= {{ add_days('score_date', -var('signal_cooldown_days')) }}
                    then 0
                else 1
            end
        ) over (
            partition by entity_type, entity_id, signal order by score_date
            rows between unbounded preceding and current row
        ) as opening
    from followed
),

final as (
    select
        entity_type,
        entity_id,
        signal,
        min(score_date) as opened_on,
        max(score_date) as last_seen_on,
        nullif(
            max(coalesce(next_date, cast('9999-12-31' as date))), cast('9999-12-31' as date)
        ) as closed_on
    from numbered
    group by entity_type, entity_id, signal, opening
)

select * from final
