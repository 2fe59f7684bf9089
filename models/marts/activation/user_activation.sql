-- One row per user: how far the user is on the way to first value, and which milestones are
-- missing.

with

activation as (
    select * from {{ ref('int_entity_activation') }}
    where entity_type = 'user'
),

users as (
    select * from {{ ref('int_users') }}
),

final as (
    select
        users.user_id,
        users.signup_on,
        coalesce(activation.milestones, 0) as milestones,
        coalesce(activation.milestones_reached, 0) as milestones_reached,
        activation.activation_rate,
        activation.missing_milestones,
        activation.next_milestone,
        activation.activated_on,
        {{ days_from_signup('users.signup_on', 'activation.activated_on') }} as days_to_activate
    from users
    left join activation on users.user_id = activation.entity_id
)

select * from final
