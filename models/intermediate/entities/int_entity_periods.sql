-- One row per entity and time in which its account's attributes stayed the same: [valid_from,
-- valid_until). A user has the attributes of the user's account; a user without an account has
-- none.

with

users as (
    select * from {{ ref('int_users') }}
),

account_periods as (
    select * from {{ ref('int_account_periods') }}
),

user_periods as (
    select
        'user' as entity_type,
        users.user_id as entity_id,
        coalesce(account_periods.valid_from, cast('0001-01-01' as date)) as valid_from,
        coalesce(account_periods.valid_until, cast('9999-12-31' as date)) as valid_until,
        account_periods.plan,
        account_periods.status,
        account_periods.owner,
        account_periods.industry
    from users
    left join account_periods on users.account_id = account_periods.account_id
),

final as (
    select * from user_periods
    union all
    select
        'account' as entity_type,
        account_id as entity_id,
        valid_from,
        valid_until,
        plan,
        status,
        owner,
        industry
    from account_periods
)

select * from final
