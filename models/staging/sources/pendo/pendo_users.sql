-- One row per visitor whom the product has identified, as the latest row has them.

{{ config(enabled='pendo' in var('sources')) }}

{% set visitors = source_table('pendo', 'visitors') -%}
with

versions as (
    select
        coalesce({{ input_column(visitors, 'id') }}, {{ input_column(visitors, 'visitor_id') }}) as user_id,
        coalesce(
            {{ input_column(visitors, 'account_id') }},
            {{ json_text(input_column(visitors, 'metadata_auto'), ['accountid']) }}
        ) as account_id,
        {{ pendo_metadata(visitors, 'email') }} as email,
        {{ pendo_metadata(visitors, 'role') }} as role,
        {{ pendo_metadata(visitors, 'is_internal') }} as is_internal,
        {{ pendo_time(visitors, 'first_visit', 'firstvisit') }} as created_at,
        {{ pendo_time(visitors, 'last_updated_at', 'lastupdatedat') }} as updated_at
    from {{ visitors['from'] }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by user_id
            order by
                coalesce(updated_at, cast('0001-01-01' as {{ type_timestamp() }})) desc,
                {{ in_byte_order(text_of(['account_id', 'email', 'role', 'is_internal', 'created_at'])) }} asc
        ) as recency
    from versions
    where substr(user_id, 1, 9) <> '_PENDO_T_'
)

select
    user_id,
    account_id,
    email,
    role,
    is_internal,
    created_at
from ranked
where recency = 1
