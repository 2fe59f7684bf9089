-- One row per $groupidentify that says what the plan, the status or the owner of an account is.

{{ config(enabled='posthog' in var('sources')) }}

with

calls as (
    select distinct
        account_id,
        called_at as valid_from,
        {{ json_text('account_traits', ['plan']) }} as plan,
        {{ json_text('account_traits', ['status']) }} as status,
        {{ json_text('account_traits', ['owner']) }} as owner
    from {{ ref('posthog_calls') }}
    where account_id is not null and called_at is not null
)

select * from calls
where coalesce(plan, status, owner) is not null
