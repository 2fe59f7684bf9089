-- One row per user, including inactive ones: everything about the user as of the last complete day.
{{ config(indexes=indexes_on(['user_id'])) }}

with

users as (
    select * from {{ ref('int_users') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

scores as (
    select * from {{ ref('int_entity_scores') }}
    where entity_type = 'user'
),

adoption as (
    select * from {{ ref('int_current_adoption') }}
    where entity_type = 'user'
),

activation as (
    select * from {{ ref('user_activation') }}
),

final as (
    select
        users.user_id,
        users.account_id,
        {{ personal('users.email') }} as email,
        users.role,
        users.is_internal,
        users.is_champion,
        users.created_at,
        users.signup_on,
        users.is_inferred,
        users.first_seen_on,
        users.last_seen_on,
        {{ days_between('users.last_seen_on', 'bounds.as_of') }} as days_since_last_seen,
        users.events,
        bounds.as_of,
        coalesce(scores.score, 0) as score,
        coalesce(scores.band, 'inactive') as band,
        scores.rank,
        scores.percentile_rank,
        coalesce(scores.points, {{ as_decimal(0, 38, 12) }}) as points,
        scores.previous_score,
        scores.score_change,
        scores.trend,
        coalesce(scores.active_days, 0) as active_days,
        adoption.features_available,
        adoption.features_used,
        adoption.adoption_rate,
        adoption.features_used_all_time,
        adoption.adoption_rate_all_time,
        activation.milestones,
        activation.milestones_reached,
        activation.activation_rate,
        activation.missing_milestones,
        activation.next_milestone
    from users
    cross join bounds
    left join scores
        on
            users.user_id = scores.entity_id
            and bounds.as_of = scores.score_date
    left join adoption on users.user_id = adoption.entity_id
    left join activation on users.user_id = activation.user_id
)

select * from final
