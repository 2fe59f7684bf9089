-- One row per opening of a signal, with the account that it concerns: its own, or of a user that of
-- last_seen_on.
{{ config(materialized='view') }}

with

openings as (
    select * from {{ ref('int_signal_openings') }}
),

user_accounts as (
    select * from {{ ref('int_user_accounts') }}
),

final as (
    select
        openings.entity_type,
        openings.entity_id,
        openings.signal,
        openings.opened_on,
        openings.last_seen_on,
        openings.closed_on,
        case
            when openings.entity_type = 'account' then openings.entity_id
            else user_accounts.account_id
        end as account_id
    from openings
    left join user_accounts
        on
            openings.entity_type = 'user'
            and openings.entity_id = user_accounts.user_id
            and openings.last_seen_on >= user_accounts.valid_from
            and openings.last_seen_on < user_accounts.valid_until
)

select * from final
