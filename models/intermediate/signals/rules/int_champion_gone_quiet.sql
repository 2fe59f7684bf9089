-- One row per score date and user who has lost most of the points and has not been active for some days, and
-- who is marked as a champion or had the most points, one window earlier, of the users of the account then.

with

rules as (
    select * from {{ seed('signal_rules') }}
    where
        entity_type = 'user'
        and signal = 'champion_gone_quiet'
),

inputs as (
    select * from {{ ref('int_user_signal_inputs') }}
    where account_id is not null
),

quiet as (
    select inputs.*
    from inputs
    cross join rules
    where
        inputs.previous_score >= rules.min_previous_score
        and inputs.points_retention_rate <= 1 - rules.min_fall
),

-- Of the accounts in question only.
most_points as (
    select
        inputs.score_date,
        inputs.account_id,
        max(inputs.previous_points) as previous_points
    from inputs
    where {{ in_rows_of('quiet', ['score_date', 'account_id']) }}
    group by inputs.score_date, inputs.account_id
),

active_days as (
    select * from {{ ref('int_active_days') }}
    where entity_type = 'user'
),

last_active_days as (
    select
        quiet.score_date,
        quiet.user_id,
        max(active_days.event_date) as active_on
    from quiet
    inner join active_days
        on
            quiet.user_id = active_days.entity_id
            and quiet.score_date >= active_days.event_date
    group by quiet.score_date, quiet.user_id
),

final as (
    select
        quiet.score_date,
        'user' as entity_type,
        quiet.user_id as entity_id,
        'champion_gone_quiet' as signal,
        quiet.score,
        quiet.previous_score,
        cast(1 - quiet.points_retention_rate as {{ type_double() }}) as measured_value,
        cast({{ days_between('last_active_days.active_on', 'quiet.score_date') }} as {{ type_text() }})
            as evidence
    from quiet
    inner join last_active_days
        on
            quiet.score_date = last_active_days.score_date
            and quiet.user_id = last_active_days.user_id
    inner join rules
        on {{ add_days('last_active_days.active_on', 'rules.min_days') }} <= quiet.score_date
    inner join most_points
        on
            quiet.score_date = most_points.score_date
            and quiet.account_id = most_points.account_id
    where
        quiet.is_champion
        or quiet.previous_points = most_points.previous_points
)

select * from final
