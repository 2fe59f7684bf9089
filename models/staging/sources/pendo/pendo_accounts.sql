-- One row per account, as its latest row has it.

{{ config(enabled='pendo' in var('sources')) }}

with

versions as (
    {{ pendo_account_versions() }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by account_id
            order by
                coalesce(updated_at, cast('0001-01-01' as {{ type_timestamp() }})) desc,
                {{ in_byte_order(text_of(['name', 'plan', 'status', 'owner', 'created', 'first_visit_at'])) }} asc
        ) as recency
    from versions
    where account_id is not null
)

select
    account_id,
    parent_account_id,
    name,
    coalesce({{ utc_timestamp('created', type_text()) }}, first_visit_at) as created_at,
    plan,
    status,
    industry,
    owner,
    seats,
    renews_on
from ranked
where recency = 1
