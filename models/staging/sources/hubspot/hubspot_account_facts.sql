-- One row per account, day and fact of its tickets.

{{ config(enabled='hubspot' in var('sources')) }}

{% set tickets, links = source_table('hubspot', 'ticket'), source_table('hubspot', 'ticket_company') -%}

with

received as (
    select
        {{ input_column(tickets, 'id') }} as ticket_id,
        {{ input_column(tickets, 'property_createdate') }} as opened_at,
        {{ input_column(tickets, 'property_closed_date') }} as solved_at,
        {{ minutes_between(
            input_column(tickets, 'property_createdate'), input_column(tickets, 'property_first_agent_reply_date')
        ) }} as first_reply_minutes,
        lower({{ input_column(tickets, 'property_hs_ticket_priority') }}) as priority
    from {{ tickets['from'] }}
    where
        not coalesce({{ input_column(tickets, 'is_deleted') }}, false)
        and not coalesce({{ input_column(tickets, '_fivetran_deleted') }}, false)
),

-- A ticket may name a company under several labels.
links as (
    select distinct
        {{ input_column(links, 'ticket_id') }} as ticket_id,
        {{ input_column(links, 'company_id') }} as vendor_id
    from {{ links['from'] }}
    where not coalesce({{ input_column(links, '_fivetran_deleted') }}, false)
),

tickets as (
    select distinct
        received.ticket_id,
        companies.account_id,
        {{ local_date('received.opened_at') }} as opened_on,
        {{ local_date('received.solved_at') }} as solved_on,
        case when received.priority in ('high', 'urgent') then 1 else 0 end as is_urgent,
        received.first_reply_minutes
    from received
    inner join links on received.ticket_id = links.ticket_id
    inner join {{ ref('hubspot_companies') }} as companies on links.vendor_id = companies.vendor_id
    where
        companies.account_id is not null
        and received.opened_at is not null
),

{{ facts_of_tickets('tickets') }}

select * from ticket_facts
