-- One row per user and time in which the same membership took precedence: [valid_from,
-- valid_until). The one that started latest does. An event without an account belongs to the
-- account of the primary membership of its day.

with

memberships as (
    select * from {{ ref('int_memberships') }}
    where member_from < member_until
),

boundaries as (
    select
        user_id,
        member_from as valid_from
    from memberships
    union distinct
    select
        user_id,
        member_until as valid_from
    from memberships
),

spells as (
    select
        user_id,
        valid_from,
        lead(valid_from) over (partition by user_id order by valid_from) as valid_until
    from boundaries
),

candidates as (
    select
        spells.user_id,
        spells.valid_from,
        spells.valid_until,
        memberships.account_id,
        row_number() over (
            partition by spells.user_id, spells.valid_from
            order by memberships.started_at desc, {{ in_byte_order('memberships.account_id') }} asc
        ) as preference
    from spells
    inner join memberships
        on
            spells.user_id = memberships.user_id
            and spells.valid_from >= memberships.member_from
            and spells.valid_from < memberships.member_until
)

select
    user_id,
    valid_from,
    valid_until,
    account_id
from candidates
where preference = 1
