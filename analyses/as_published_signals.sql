-- One row per signal of an entity (of an account, also of its users) that was published as open on a day, or
-- lies within an opening that is known now. Read by engagement explain.

with

published as (
    select * from {{ ref('published_signals') }}
    where score_date = cast('{{ var('score_date', '9999-12-31') }}' as date)
),

known as (
    select * from {{ ref('signals') }}
    where
        opened_on <= cast('{{ var('score_date', '9999-12-31') }}' as date)
        and last_seen_on >= cast('{{ var('score_date', '9999-12-31') }}' as date)
),

compared as (
    select
        coalesce(published.entity_type, known.entity_type) as entity_type,
        coalesce(published.entity_id, known.entity_id) as entity_id,
        coalesce(published.signal, known.signal) as signal,
        coalesce(published.account_id, known.account_id) as account_id,
        published.opened_on,
        published.severity,
        published.sentence,
        known.opened_on as known_opened_on,
        known.last_seen_on as known_last_seen_on
    from published
    full outer join known
        on
            published.entity_type = known.entity_type
            and published.entity_id = known.entity_id
            and published.signal = known.signal
)

select * from compared
where
    (
        entity_type = '{{ var('entity_type', 'account') }}'
        and entity_id = '{{ var('entity_id', 'a') }}'
    )
    or (
        account_id = '{{ var('entity_id', 'a') }}'
        and '{{ var('entity_type', 'account') }}' = 'account'
    )
order by
    case severity when 'critical' then 1 when 'high' then 2 when 'medium' then 3 when 'low' then 4 else 5 end,
    {{ in_byte_order('entity_type') }},
    {{ in_byte_order('entity_id') }},
    {{ in_byte_order('signal') }}
