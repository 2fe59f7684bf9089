-- One row per user of the product whom Zendesk knows: agents and admins are the company's own people.

{{ config(enabled='zendesk' in var('sources')) }}

{% set users = source_table('zendesk', 'user') -%}

with

users as (
    select
        {{ input_column(users, 'id') }} as vendor_id,
        {{ input_column(users, 'external_id') }} as user_id,
        {{ input_column(users, 'organization_id') }} as organization_id,
        {{ input_column(users, 'email') }} as email,
        lower({{ input_column(users, 'role') }}) as role,
        {{ input_column(users, 'created_at') }} as created_at
    from {{ users['from'] }}
    where not coalesce({{ input_column(users, '_fivetran_deleted') }}, false)
),

numbered as (
    select
        *,
        row_number() over (partition by user_id order by created_at asc nulls last, vendor_id asc) as position
    from users
    where user_id is not null
),

final as (
    select
        numbered.user_id,
        organizations.account_id,
        numbered.email,
        case when numbered.role in ('agent', 'admin') then true end as is_internal
    from numbered
    left join {{ ref('zendesk_organizations') }} as organizations
        on numbered.organization_id = organizations.vendor_id
    where numbered.position = 1
)

select * from final
