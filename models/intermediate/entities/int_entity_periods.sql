-- One row per entity and time in which its attributes stayed the same: [valid_from, valid_until). A
-- user has the plan, status, owner and industry of the user's account then. All other attributes
-- are today's.

with

users as (
    select * from {{ ref('int_users') }}
),

user_accounts as (
    select * from {{ ref('int_user_accounts') }}
),

accounts as (
    select * from {{ ref('int_accounts') }}
),

account_periods as (
    select * from {{ ref('int_account_periods') }}
),

attributes as (
    select
        entity_type,
        entity_id,
        {{ joined_text("attribute || '=' || coalesce(value, '')", in_byte_order('attribute')) }} as attributes
    from {{ ref('stg_attributes') }}
    group by entity_type, entity_id
),

periods as (
    select
        'user' as entity_type,
        users.user_id as entity_id,
        users.signup_on,
        users.role,
        greatest(
            user_accounts.valid_from, coalesce(account_periods.valid_from, user_accounts.valid_from)
        ) as valid_from,
        least(
            user_accounts.valid_until, coalesce(account_periods.valid_until, user_accounts.valid_until)
        ) as valid_until,
        account_periods.plan,
        account_periods.status,
        account_periods.owner,
        account_periods.industry
    from users
    inner join user_accounts on users.user_id = user_accounts.user_id
    left join account_periods
        on
            user_accounts.account_id = account_periods.account_id
            and user_accounts.valid_from < account_periods.valid_until
            and user_accounts.valid_until > account_periods.valid_from
    union all
    select
        'account' as entity_type,
        accounts.account_id as entity_id,
        accounts.signup_on,
        cast(null as {{ type_text() }}) as role,
        account_periods.valid_from,
        account_periods.valid_until,
        account_periods.plan,
        account_periods.status,
        account_periods.owner,
        account_periods.industry
    from account_periods
    inner join accounts on account_periods.account_id = accounts.account_id
),

final as (
    select
        periods.entity_type,
        periods.entity_id,
        periods.valid_from,
        periods.valid_until,
        periods.plan,
        periods.status,
        periods.owner,
        periods.industry,
        periods.signup_on,
        periods.role,
        attributes.attributes
    from periods
    left join attributes
        on
            periods.entity_type = attributes.entity_type
            and periods.entity_id = attributes.entity_id
)

select * from final
