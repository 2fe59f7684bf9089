-- One row per account and user ('': none) who could take steps there: who had scored events in the latest
-- window (current), only in the one before (earlier), or is another member on the latest date (member). They
-- are in the order in which they are asked.

with

event_counts as (
    select * from {{ ref('int_latest_event_counts') }}
    where
        account_id is not null
        and weight > 0
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

recent_people as (
    select
        account_id,
        user_id,
        max(case when is_current then 1 else 0 end) as is_current,
        sum(events) as events
    from event_counts
    group by account_id, user_id
),

recent_accounts as (
    select distinct account_id from recent_people
),

members as (
    select distinct
        account_members.account_id,
        account_members.user_id
    from {{ ref('int_account_members') }} as account_members
    inner join bounds
        on
            account_members.member_from <= bounds.as_of
            and account_members.member_until > bounds.as_of
    inner join recent_accounts on account_members.account_id = recent_accounts.account_id
),

people as (
    select
        account_id,
        user_id,
        case when is_current = 1 then 'current' else 'earlier' end as recency,
        events
    from recent_people
    union all
    select
        members.account_id,
        members.user_id,
        'member' as recency,
        0 as events
    from members
    left join recent_people
        on
            members.account_id = recent_people.account_id
            and members.user_id = recent_people.user_id
    where recent_people.user_id is null
),

final as (
    select
        account_id,
        user_id,
        recency,
        row_number() over (
            partition by account_id
            order by
                case recency when 'current' then 1 when 'earlier' then 2 else 3 end asc,
                events desc,
                {{ in_byte_order('user_id') }} asc
        ) as position
    from people
)

select * from final
