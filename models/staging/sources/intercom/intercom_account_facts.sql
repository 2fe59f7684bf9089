-- One row per account, day and fact: conversations that its people began, as tickets, csat (the mean
-- rating of a day, 1-5), and monthly_spend.

{{ config(enabled='intercom' in var('sources')) }}

{% set conversations = source_table('intercom', 'conversation') -%}
{% set links = source_table('intercom', 'conversation_contact') -%}
{% set companies = source_table('intercom', 'company') -%}

with

received as (
    select
        {{ input_column(conversations, 'id') }} as ticket_id,
        {{ input_column(conversations, 'source_author_id') }} as author_id,
        {{ input_column(conversations, 'source_author_type') }} as author_type,
        {{ input_column(conversations, 'created_at') }} as opened_at,
        {{ input_column(conversations, 'updated_at') }} as updated_at,
        {{ input_column(conversations, 'state') }} as state,
        {{ input_column(conversations, 'priority') }} as priority,
        {{ input_column(conversations, 'conversation_rating_value') }} as rating,
        {{ input_column(conversations, 'conversation_rating_created_at') }} as rated_at,
        row_number() over (
            partition by {{ input_column(conversations, 'id') }}
            order by {{ input_column(conversations, 'updated_at') }} desc nulls last
        ) as recency
    from {{ conversations['from'] }}
    where {{ is_active_row(conversations) }}
),

links as (
    select
        {{ input_column(links, 'conversation_id') }} as ticket_id,
        {{ input_column(links, 'contact_id') }} as contact_id
    from {{ links['from'] }}
    where {{ is_active_row(links) }}
),

-- A conversation belongs to whoever began it, else to the first of its contacts who has an account.
contacts as (
    select
        links.ticket_id,
        {{ first_text('contacts.account_id') }} as account_id
    from links
    inner join {{ ref('intercom_contact_accounts') }} as contacts on links.contact_id = contacts.contact_id
    group by links.ticket_id
),

of_accounts as (
    select
        received.*,
        coalesce(authors.account_id, contacts.account_id) as account_id
    from received
    left join {{ ref('intercom_contact_accounts') }} as authors on received.author_id = authors.contact_id
    left join contacts on received.ticket_id = contacts.ticket_id
    where received.recency = 1
),

tickets as (
    select
        ticket_id,
        account_id,
        {{ local_date('opened_at') }} as opened_on,
        case when state = 'closed' then {{ local_date('updated_at') }} end as solved_on,
        case when priority in ('priority', 'true') then 1 else 0 end as is_urgent,
        cast(null as integer) as first_reply_minutes
    from of_accounts
    where
        account_id is not null
        and opened_at is not null
        and coalesce(author_type, '') not in ('admin', 'bot')
),

{{ facts_of_tickets('tickets') }},

satisfaction as (
    select
        account_id,
        {{ local_date('rated_at') }} as measured_on,
        'csat' as name,
        cast(sum(rating) as {{ type_double() }}) / count(*) as value
    from of_accounts
    where
        account_id is not null
        and rating is not null
        and rated_at is not null
    group by account_id, {{ local_date('rated_at') }}
),

versions as (
    select
        {{ input_column(companies, 'id') }} as vendor_id,
        coalesce(
            {{ input_column(companies, '_fivetran_start') }}, {{ input_column(companies, 'updated_at') }}
        ) as valid_from,
        {{ input_column(companies, 'monthly_spend') }} as monthly_spend
    from {{ companies['from'] }}
),

-- The last version of a day has it.
spend as (
    select
        companies.account_id,
        {{ local_date('versions.valid_from') }} as measured_on,
        versions.monthly_spend,
        row_number() over (
            partition by companies.account_id, {{ local_date('versions.valid_from') }}
            order by versions.valid_from desc
        ) as recency
    from versions
    inner join {{ ref('intercom_companies') }} as companies on versions.vendor_id = companies.vendor_id
    where
        companies.account_id is not null
        and companies.position = 1
        and versions.valid_from is not null
        and versions.monthly_spend is not null
),

final as (
    select * from ticket_facts
    union all
    select * from satisfaction
    union all
    select
        account_id,
        measured_on,
        'monthly_spend' as name,
        monthly_spend as value
    from spend
    where recency = 1
)

select * from final
