-- One row per score date, entity and event that had fallen silent in the window or in the one before,
-- as far as was known on the date: the points of the entity by the event. Only of entities that
-- used the event in the four weeks before and sent none in the silence.

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where
        is_built
        and previous_date is not null
        and {{ restated('score_date', 'scores') }}
),

incidents as (
    select * from {{ ref('int_incidents') }}
),

event_weights as (
    select * from {{ ref('int_event_weights_by_day') }}
    where weight > 0
),

dated_incidents as (
    select
        score_dates.score_date,
        score_dates.version,
        score_dates.window_days,
        score_dates.half_life_days,
        {{ add_days('score_dates.score_date', '-2 * score_dates.window_days') }} as read_after,
        incidents.event_name,
        incidents.started_on,
        case
            when incidents.ended_on <= score_dates.score_date then {{ add_days('incidents.ended_on', -1) }}
            else score_dates.score_date
        end as silent_until
    from score_dates
    inner join incidents on score_dates.score_date >= incidents.detected_on
),

-- Of a silence that lasts longer than both windows neither has a point.
silences as (
    select * from dated_incidents
    where
        silent_until > read_after
        and (started_on > read_after or silent_until < score_date)
),

incident_days as (
    select
        accepted_events.event_date,
        accepted_events.account_id,
        accepted_events.user_id,
        accepted_events.event_name,
        accepted_events.events
    from {{ ref('int_accepted_events') }} as accepted_events
    where {{ in_rows_of('incidents', ['event_name']) }}
),

-- A daily cap holds for a user over all accounts, and in an account for each of its users.
entity_days as (
    select
        event_date,
        'user' as entity_type,
        user_id as entity_id,
        user_id,
        event_name,
        cast(sum(events) as bigint) as events
    from incident_days
    where user_id <> ''
    group by event_date, user_id, event_name
    union all
    select
        event_date,
        'account' as entity_type,
        account_id as entity_id,
        user_id,
        event_name,
        cast(sum(events) as bigint) as events
    from incident_days
    where account_id is not null
    group by event_date, account_id, user_id, event_name
),

uses as (
    select
        incidents.event_name,
        incidents.started_on,
        entity_days.entity_type,
        entity_days.entity_id,
        min(case when entity_days.event_date >= incidents.started_on then entity_days.event_date end)
            as returned_on
    from incidents
    inner join entity_days
        on
            incidents.event_name = entity_days.event_name
            and entity_days.event_date
            >= {{ add_days('incidents.started_on', -7 * incident_rule().weeks) }}
    group by
        incidents.event_name,
        incidents.started_on,
        entity_days.entity_type,
        entity_days.entity_id
    having min(entity_days.event_date) < incidents.started_on
),

silenced as (
    select distinct
        silences.score_date,
        silences.version,
        silences.window_days,
        silences.half_life_days,
        silences.read_after,
        silences.event_name,
        uses.entity_type,
        uses.entity_id
    from silences
    inner join uses
        on
            silences.event_name = uses.event_name
            and silences.started_on = uses.started_on
    where
        uses.returned_on is null
        or silences.silent_until < uses.returned_on
),

valued as (
    select
        silenced.score_date,
        silenced.entity_type,
        silenced.entity_id,
        silenced.event_name,
        silenced.half_life_days,
        mod({{ days_between('entity_days.event_date', 'silenced.score_date') }}, silenced.window_days)
            as age_days,
        entity_days.event_date > {{ add_days('silenced.score_date', '-silenced.window_days') }} as is_current,
        {{ event_points('event_weights.weight', 'entity_days.events', 'event_weights.daily_cap') }} as points
    from silenced
    inner join entity_days
        on
            silenced.entity_type = entity_days.entity_type
            and silenced.entity_id = entity_days.entity_id
            and silenced.event_name = entity_days.event_name
            and silenced.score_date >= entity_days.event_date
            and silenced.read_after < entity_days.event_date
    inner join event_weights
        on
            silenced.version = event_weights.version
            and entity_days.event_date = event_weights.event_date
            and entity_days.event_name = event_weights.event_name
),

decayed as (
    select
        *,
        {{ decay_factor('age_days', 'half_life_days') }} as factor
    from valued
),

final as (
    select
        score_date,
        entity_type,
        entity_id,
        event_name,
        {{ window_points('case when is_current then points else 0 end', 'factor') }} as points,
        {{ window_points('case when is_current then 0 else points end', 'factor') }} as previous_points,
        {{ window_points('case when is_current then points else -points end', 'factor') }} as points_change
    from decayed
    group by score_date, entity_type, entity_id, event_name
)

select * from final
