-- One row per user and time in which, of all memberships then valid, the same one came first: [spell_from,
-- spell_until). An event without an account belongs to the account of the spell it falls in.

with

memberships as (
    select * from {{ ref('int_memberships') }}
    where member_from < member_until
),

boundaries as (
    select
        user_id,
        member_from as spell_from
    from memberships
    union distinct
    select
        user_id,
        member_until as spell_from
    from memberships
),

spells as (
    select
        user_id,
        spell_from,
        lead(spell_from) over (partition by user_id order by spell_from) as spell_until
    from boundaries
),

candidates as (
    select
        spells.user_id,
        spells.spell_from,
        spells.spell_until,
        memberships.account_id,
        row_number() over (
            partition by spells.user_id, spells.spell_from
            order by memberships.started_at desc, {{ in_byte_order('memberships.account_id') }} asc
        ) as preference
    from spells
    inner join memberships
        on
            spells.user_id = memberships.user_id
            and spells.spell_from >= memberships.member_from
            and spells.spell_from < memberships.member_until
)

select
    user_id,
    spell_from,
    spell_until,
    account_id
from candidates
where preference = 1
