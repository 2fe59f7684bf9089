-- One row per account and time in which its plan, status and owner stayed the same: [valid_from,
-- valid_until). Today's attributes apply before the first row of account_history, and where a row
-- leaves one empty.

with

accounts as (
    select * from {{ ref('int_accounts') }}
),

account_history as (
    select
        *,
        cast(valid_from as date) as valid_on,
        row_number() over (
            partition by account_id, cast(valid_from as date)
            order by
                valid_from desc,
                {{ in_byte_order('plan') }} asc nulls last,
                {{ in_byte_order('status') }} asc nulls last,
                {{ in_byte_order('owner') }} asc nulls last
        ) as recency
    from {{ ref('stg_account_history') }}
    where valid_from is not null
),

changes as (
    select
        accounts.account_id,
        account_history.valid_on as valid_from,
        coalesce(account_history.plan, accounts.plan) as plan,
        coalesce(account_history.status, accounts.status) as status,
        coalesce(account_history.owner, accounts.owner) as owner,
        accounts.industry,
        account_history.plan as recorded_plan,
        account_history.status as recorded_status
    from account_history
    inner join accounts on account_history.account_id = accounts.account_id
    where account_history.recency = 1
    union all
    select
        account_id,
        cast('0001-01-01' as date) as valid_from,
        plan,
        status,
        owner,
        industry,
        cast(null as {{ type_text() }}) as recorded_plan,
        cast(null as {{ type_text() }}) as recorded_status
    from accounts
),

final as (
    select
        account_id,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by account_id order by valid_from), cast('9999-12-31' as date)
        ) as valid_until,
        plan,
        status,
        owner,
        industry,
        recorded_plan,
        recorded_status
    from changes
)

select * from final
