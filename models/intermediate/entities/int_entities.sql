-- One row per user and account.
{{ config(materialized='ephemeral') }}

with

users as (
    select * from {{ ref('int_users') }}
),

accounts as (
    select * from {{ ref('int_accounts') }}
),

final as (
    select
        'user' as entity_type,
        user_id as entity_id,
        {{ local_date('created_at') }} as created_on,
        signup_on,
        role
    from users
    union all
    select
        'account' as entity_type,
        account_id as entity_id,
        {{ local_date('created_at') }} as created_on,
        signup_on,
        cast(null as {{ type_text() }}) as role
    from accounts
)

select * from final
