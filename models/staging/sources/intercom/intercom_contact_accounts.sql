-- One row per contact of Intercom, with the user that it is in the product and the account of its
-- company: of several, the one that it was added to last.

{{ config(enabled='intercom' in var('sources')) }}

{% set contacts, links = source_table('intercom', 'contact'), source_table('intercom', 'contact_company') -%}

with

contacts as (
    select
        {{ input_column(contacts, 'id') }} as contact_id,
        case when coalesce({{ input_column(contacts, 'role') }}, 'user') = 'user' then {{
            input_column(contacts, 'external_id')
        }} end as user_id,
        {{ input_column(contacts, 'email') }} as email,
        {{ input_column(contacts, 'signed_up_at') }} as signed_up_at,
        row_number() over (
            partition by {{ input_column(contacts, 'id') }}
            order by {{ input_column(contacts, 'updated_at') }} desc nulls last
        ) as recency
    from {{ contacts['from'] }}
    where {{ is_active_row(contacts) }}
),

links as (
    select
        {{ input_column(links, 'contact_id') }} as contact_id,
        {{ input_column(links, 'company_id') }} as vendor_id,
        {{ input_column(links, 'contact_updated_at') }} as updated_at
    from {{ links['from'] }}
    where {{ is_active_row(links) }}
),

accounts as (
    select
        links.contact_id,
        companies.account_id,
        row_number() over (
            partition by links.contact_id order by links.updated_at desc nulls last, companies.account_id asc
        ) as recency
    from links
    inner join {{ ref('intercom_companies') }} as companies on links.vendor_id = companies.vendor_id
    where companies.account_id is not null
),

final as (
    select
        contacts.contact_id,
        contacts.user_id,
        contacts.email,
        contacts.signed_up_at,
        accounts.account_id,
        row_number() over (
            partition by contacts.user_id
            order by contacts.signed_up_at asc nulls last, contacts.contact_id asc
        ) as position
    from contacts
    left join accounts
        on
            contacts.contact_id = accounts.contact_id
            and accounts.recency = 1
    where contacts.recency = 1
)

select * from final
