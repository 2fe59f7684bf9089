-- One row if the user or account exists: the last day on which it was active. Read by engagement
-- explain.

with

entities as (
    select
        'user' as entity_type,
        user_id as entity_id,
        last_seen_on
    from {{ ref('user_profiles') }}
    union all
    select
        'account' as entity_type,
        account_id as entity_id,
        last_seen_on
    from {{ ref('account_profiles') }}
)

select last_seen_on from entities
where
    entity_type = '{{ var('entity_type', 'account') }}'
    and entity_id = '{{ var('entity_id', 'a') }}'
