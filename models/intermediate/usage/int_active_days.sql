-- One row per day and entity that was active: at least one event that counts as active under the
-- version in force on that day.

with

active_member_days as (
    select
        user_account_days.event_date,
        user_account_days.account_id,
        user_account_days.user_id
    from {{ ref('int_user_account_days') }} as user_account_days
    inner join {{ ref('int_calendar_days') }} as days
        on
            user_account_days.event_date = days.date_day
            and user_account_days.version = days.version
    where
        user_account_days.is_active
        and {{ restated('user_account_days.event_date') }}
),

final as (
    select distinct
        event_date,
        'user' as entity_type,
        user_id as entity_id
    from active_member_days
    where user_id <> ''
    union all
    select distinct
        event_date,
        'account' as entity_type,
        account_id as entity_id
    from active_member_days
    where account_id is not null
)

select * from final
