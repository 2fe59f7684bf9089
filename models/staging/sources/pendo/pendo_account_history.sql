-- One row per change of an account's plan, status or owner.

{{ config(enabled='pendo' in var('sources')) }}

with

versions as (
    {{ pendo_account_versions() }}
),

states as (
    select
        account_id,
        updated_at as valid_from,
        plan,
        status,
        owner,
        {{ text_of(['plan', 'status', 'owner']) }} as state
    from versions
    where
        account_id is not null
        and updated_at is not null
),

changes as (
    select
        *,
        lag(state) over (partition by account_id order by valid_from, state) as last_state
    from states
)

select
    account_id,
    valid_from,
    plan,
    status,
    owner
from changes
where
    (last_state is null or state <> last_state)
    and coalesce(plan, status, owner) is not null
