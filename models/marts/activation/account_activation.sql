-- One row per account: how far it is on the way to first value, which milestones are missing, and
-- how far its members are.

with

activation as (
    select * from {{ ref('int_entity_activation') }}
    where entity_type = 'account'
),

user_activation as (
    select * from {{ ref('int_entity_activation') }}
    where entity_type = 'user'
),

accounts as (
    select * from {{ ref('int_accounts') }}
),

account_members as (
    select * from {{ ref('int_account_members') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

current_members as (
    select distinct
        account_members.account_id,
        account_members.user_id
    from account_members
    inner join bounds
        on
            account_members.member_from <= bounds.as_of
            and account_members.member_until > bounds.as_of
),

member_activation as (
    select
        current_members.account_id,
        count(*) as members,
        {{ rate(
            'sum(user_activation.milestones_reached)',
            'sum(case when user_activation.activation_rate is not null then user_activation.milestones end)'
        ) }} as mean_user_activation_rate
    from current_members
    left join user_activation on current_members.user_id = user_activation.entity_id
    group by current_members.account_id
),

final as (
    select
        accounts.account_id,
        accounts.signup_on,
        coalesce(activation.milestones, 0) as milestones,
        coalesce(activation.milestones_reached, 0) as milestones_reached,
        activation.activation_rate,
        activation.missing_milestones,
        activation.next_milestone,
        activation.activated_on,
        {{ days_from_signup('accounts.signup_on', 'activation.activated_on') }} as days_to_activate,
        coalesce(member_activation.members, 0) as members,
        member_activation.mean_user_activation_rate
    from accounts
    left join activation on accounts.account_id = activation.entity_id
    left join member_activation on accounts.account_id = member_activation.account_id
)

select * from final
