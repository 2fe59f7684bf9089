-- One row per opening of a signal on which somebody has acted: the latest action, and whether it still
-- dismisses the opening. An action belongs to the latest opening of its account and signal, the account's
-- own or a user's, that began no later than signal_cooldown_days after it; and to those of other users of
-- the account that were open that day. A risk is dismissed until it worsens: until its score is
-- trend_score_change lower than on that day, or half of it.

with

openings as (
    select * from {{ ref('int_account_openings') }}
),

actions as (
    select actions.*
    from {{ ref('stg_signal_actions') }} as actions
    inner join {{ ref('int_calendar_bounds') }} as bounds on actions.acted_on <= bounds.as_of
    where actions.state in ('taken', 'done', 'dismissed')
),

days as (
    select distinct
        account_id,
        signal,
        acted_on
    from actions
),

begun as (
    select
        days.acted_on,
        openings.*,
        row_number() over (
            partition by
                days.account_id, days.signal, days.acted_on, openings.entity_type, openings.entity_id
            order by openings.opened_on desc
        ) as recency,
        max(openings.opened_on) over (partition by days.account_id, days.signal, days.acted_on)
            as latest_opened_on
    from days
    inner join openings
        on
            days.account_id = openings.account_id
            and days.signal = openings.signal
            and openings.opened_on <= {{ add_days('days.acted_on', var('signal_cooldown_days')) }}
),

acted_upon as (
    select * from begun
    where
        recency = 1
        and (
            opened_on = latest_opened_on
            or closed_on is null
            or closed_on > acted_on
        )
),

ordered as (
    select
        acted_upon.entity_type,
        acted_upon.entity_id,
        acted_upon.signal,
        acted_upon.opened_on,
        acted_upon.last_seen_on,
        greatest(acted_upon.opened_on, actions.acted_on) as judged_on,
        actions.state,
        actions.acted_on,
        actions.acted_by,
        actions.note,
        row_number() over (
            partition by
                acted_upon.entity_type, acted_upon.entity_id, acted_upon.signal, acted_upon.opened_on
            order by
                actions.acted_on desc,
                coalesce(actions.acted_at, cast('0001-01-01 00:00:00' as {{ type_timestamp() }})) desc,
                actions.state asc,
                {{ in_byte_order("coalesce(actions.acted_by, '')") }} asc,
                {{ in_byte_order("coalesce(actions.note, '')") }} asc
        ) as recency
    from acted_upon
    inner join actions
        on
            acted_upon.account_id = actions.account_id
            and acted_upon.signal = actions.signal
            and acted_upon.acted_on = actions.acted_on
),

latest as (
    select * from ordered
    where recency = 1
),

-- Of each dismissed opening the score on the day that somebody looked at it, and the lowest since.
signal_scores as (
    select
        latest.entity_type,
        latest.entity_id,
        latest.signal,
        latest.opened_on,
        latest.judged_on,
        signal_days.score_date,
        signal_days.score,
        max(case when signal_days.score_date <= latest.judged_on then signal_days.score_date end) over (
            partition by latest.entity_type, latest.entity_id, latest.signal, latest.opened_on
        ) as looked_at_on
    from latest
    inner join {{ ref('int_signal_days') }} as signal_days
        on
            latest.entity_type = signal_days.entity_type
            and latest.entity_id = signal_days.entity_id
            and latest.signal = signal_days.signal
            and latest.opened_on <= signal_days.score_date
            and latest.last_seen_on >= signal_days.score_date
    where
        latest.state = 'dismissed'
        and not signal_days.is_held_back
),

dismissed as (
    select
        entity_type,
        entity_id,
        signal,
        opened_on,
        max(case when score_date = looked_at_on then score end) as score_then,
        min(case when score_date > looked_at_on then score end) as lowest_score
    from signal_scores
    group by entity_type, entity_id, signal, opened_on
),

rules as (
    select * from {{ seed('signal_rules') }}
),

final as (
    select
        latest.entity_type,
        latest.entity_id,
        latest.signal,
        latest.opened_on,
        latest.state,
        latest.acted_on,
        latest.acted_by,
        latest.note,
        dismissed.signal is not null
        and not coalesce(
            rules.kind = 'risk'
            and dismissed.lowest_score < dismissed.score_then
            and (
                2 * dismissed.lowest_score <= dismissed.score_then
                or dismissed.lowest_score + {{ var('trend_score_change') }} <= dismissed.score_then
            ),
            false
        ) as is_dismissed
    from latest
    inner join rules
        on
            latest.entity_type = rules.entity_type
            and latest.signal = rules.signal
    left join dismissed
        on
            latest.entity_type = dismissed.entity_type
            and latest.entity_id = dismissed.entity_id
            and latest.signal = dismissed.signal
            and latest.opened_on = dismissed.opened_on
)

select * from final
