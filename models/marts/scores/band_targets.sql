-- One row per band and account with points in the latest window or the one before: the points that reach
-- the band at the cap of the latest date, and the fewest steps of its own kinds that get there.

with

targets as (
    select * from {{ ref('int_targets') }}
),

steps as (
    select * from {{ ref('int_target_steps') }}
),

asked_events as (
    select
        account_id,
        target_band,
        event_name,
        cast(sum(events) as bigint) as events,
        sum({{ as_decimal('events', 18, 0) }} * points_each) as points,
        count(distinct case when recency = 'current' then nullif(user_id, '') end) as active_people,
        count(distinct case when recency <> 'current' then nullif(user_id, '') end) as more_people
    from steps
    group by account_id, target_band, event_name
),

worded as (
    select
        *,
        case
            when active_people + more_people = 0 then ''
            when active_people = 0 then ' by ' || {{ people_text('more_people', 'other ') }}
            when more_people = 0 then ' by ' || {{ people_text('active_people') }}
            else
                ' by ' || {{ people_text('active_people') }} || ' and '
                || cast(more_people as {{ type_text() }})
                || case when more_people = 1 then ' other' else ' others' end
        end as people,
        row_number() over (
            partition by account_id, target_band order by points desc, {{ in_byte_order('event_name') }} asc
        ) as position
    from asked_events
),

worded_steps as (
    select
        account_id,
        target_band,
        replace(
            {{ joined_text(
                "cast(events as " ~ type_text() ~ ") || ' more ' || event_name || people", 'position'
            ) }},
            '|', ', '
        ) as steps
    from worded
    group by account_id, target_band
),

asked as (
    select
        account_id,
        target_band,
        cast(sum(events) as bigint) as step_events,
        count(distinct nullif(user_id, '')) as step_users,
        count(distinct case when recency <> 'current' then nullif(user_id, '') end) as step_more_users,
        min(event_date) as steps_start_on
    from steps
    group by account_id, target_band
),

final as (
    select
        targets.score_date,
        targets.account_id,
        targets.target_band,
        cast(targets.target_min_score as {{ type_double() }}) as target_min_score,
        targets.is_reached,
        targets.cap,
        targets.calibration_status,
        cast(targets.target_points as {{ type_double() }}) as target_points,
        cast(targets.points_missing as {{ type_double() }}) as points_missing,
        case
            when targets.is_reached then 'reached'
            when worded_steps.steps is not null then 'reachable'
            when targets.cap is null then 'no_cap'
            else 'out_of_reach'
        end as target_status,
        worded_steps.steps,
        asked.step_events,
        asked.step_users,
        asked.step_more_users,
        asked.steps_start_on
    from targets
    left join worded_steps
        on
            targets.account_id = worded_steps.account_id
            and targets.target_band = worded_steps.target_band
    left join asked
        on
            targets.account_id = asked.account_id
            and targets.target_band = asked.target_band
)

select * from final
