-- One row per user or account whose id or name is, holds, or begins like what was asked for: candidates
-- for what somebody meant. Read by engagement explain and erase.

with

entities as (
    select
        'user' as entity_type,
        user_id as entity_id,
        cast(null as {{ type_text() }}) as name
    from {{ ref('user_profiles') }}
    union all
    select
        'account' as entity_type,
        account_id as entity_id,
        name
    from {{ ref('account_profiles') }}
),

asked as (
    select
        lower('{{ var('asked', 'acme') }}') as text,
        substr(lower('{{ var('asked', 'acme') }}'), 1, 3) as beginning
)

select
    entities.entity_id,
    entities.name
from entities
cross join asked
where
    entities.entity_type = '{{ var('entity_type', 'account') }}'
    and (
        lower(entities.entity_id) = asked.text
        or lower(entities.name) = asked.text
        or replace(lower(entities.entity_id), asked.text, '') <> lower(entities.entity_id)
        or replace(lower(entities.name), asked.text, '') <> lower(entities.name)
        or substr(lower(entities.entity_id), 1, 3) = asked.beginning
        or substr(lower(entities.name), 1, 3) = asked.beginning
    )
order by entities.entity_id
limit 10000
