-- One row per account and time in which its number of members stayed the same: [counted_from,
-- counted_until).

with

account_members as (
    select * from {{ ref('int_account_members') }}
),

overlapping as (
    select
        *,
        max(member_until) over (
            partition by account_id, user_id order by member_from, member_until
            rows between unbounded preceding and 1 preceding
        ) as earlier_until
    from account_members
),

additions as (
    select
        account_id,
        case when earlier_until > member_from then earlier_until else member_from end as added_from,
        member_until as added_until
    from overlapping
    where earlier_until is null or member_until > earlier_until
),

changes as (
    select
        account_id,
        added_from as changed_on,
        1 as change
    from additions
    union all
    select
        account_id,
        added_until as changed_on,
        -1 as change
    from additions
),

daily_changes as (
    select
        account_id,
        changed_on,
        sum(change) as change
    from changes
    group by account_id, changed_on
),

final as (
    select
        account_id,
        changed_on as counted_from,
        coalesce(
            lead(changed_on) over (partition by account_id order by changed_on), cast('9999-12-31' as date)
        ) as counted_until,
        cast(sum(change) over (
            partition by account_id order by changed_on
            rows between unbounded preceding and current row
        ) as bigint) as members
    from daily_changes
)

select * from final
