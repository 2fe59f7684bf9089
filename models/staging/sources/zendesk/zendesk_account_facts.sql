-- One row per account, day and fact of its tickets, and csat: the share of good ratings of a day.

{{ config(enabled='zendesk' in var('sources')) }}

{% set tickets, users = source_table('zendesk', 'ticket'), source_table('zendesk', 'user') -%}
{% set history = source_table('zendesk', 'ticket_field_history') -%}
{% set merged_ids = input_column(tickets, 'merged_ticket_ids') -%}

with

received as (
    select
        {{ input_column(tickets, 'id') }} as ticket_id,
        {{ input_column(tickets, 'organization_id') }} as organization_id,
        {{ input_column(tickets, 'requester_id') }} as requester_id,
        lower({{ input_column(tickets, 'status') }}) as status,
        lower({{ input_column(tickets, 'priority') }}) as priority,
        {{ input_column(tickets, 'created_at') }} as opened_at,
        {{ input_column(tickets, 'updated_at') }} as updated_at
    from {{ tickets['from'] }}
    where
        coalesce({{ input_column(tickets, 'status') }}, '') <> 'deleted'
        and not coalesce({{ input_column(tickets, '_fivetran_deleted') }}, false)
),

-- The first twenty tickets that were merged into another, which counts for them.
merged_by_position as (
    {% for position in range(20) -%}
    select {{ json_text(merged_ids, [position]) }} as ticket_id
    from {{ tickets['from'] }}
    where {{ json_text(merged_ids, [position]) }} is not null
    {% if not loop.last %}union all
    {% endif %}
    {%- endfor %}
),

merged as (
    select distinct ticket_id from merged_by_position
),

requesters as (
    select
        {{ input_column(users, 'id') }} as requester_id,
        max({{ input_column(users, 'organization_id') }}) as organization_id
    from {{ users['from'] }}
    group by {{ input_column(users, 'id') }}
),

changes as (
    select
        {{ input_column(history, 'ticket_id') }} as ticket_id,
        lower({{ input_column(history, 'field_name') }}) as field_name,
        lower({{ input_column(history, 'value') }}) as value,
        {{ input_column(history, 'updated') }} as updated_at
    from {{ history['from'] }}
    where lower({{ input_column(history, 'field_name') }}) in ('status', 'satisfaction_score')
),

-- A ticket that was opened again is solved when it was for the last time.
solutions as (
    select
        ticket_id,
        coalesce(
            max(case when value = 'solved' then updated_at end),
            min(case when value = 'closed' then updated_at end)
        ) as solved_at
    from changes
    where field_name = 'status'
    group by ticket_id
),

ratings as (
    select
        ticket_id,
        value,
        updated_at,
        row_number() over (partition by ticket_id order by updated_at desc) as recency
    from changes
    where
        field_name = 'satisfaction_score'
        and (value like 'good%' or value like 'bad%')
),

tickets as (
    select
        received.ticket_id,
        organizations.account_id,
        {{ local_date('received.opened_at') }} as opened_on,
        case
            when received.status in ('solved', 'closed')
                then {{ local_date('coalesce(solutions.solved_at, received.updated_at)') }}
        end as solved_on,
        case when received.priority in ('high', 'urgent') then 1 else 0 end as is_urgent,
        cast(null as integer) as first_reply_minutes
    from received
    left join requesters on received.requester_id = requesters.requester_id
    inner join {{ ref('zendesk_organizations') }} as organizations
        on coalesce(received.organization_id, requesters.organization_id) = organizations.vendor_id
    left join merged on received.ticket_id = merged.ticket_id
    left join solutions on received.ticket_id = solutions.ticket_id
    where
        organizations.account_id is not null
        and received.opened_at is not null
        and merged.ticket_id is null
),

{{ facts_of_tickets('tickets') }},

satisfaction as (
    select
        tickets.account_id,
        {{ local_date('ratings.updated_at') }} as measured_on,
        'csat' as name,
        cast(sum(case when ratings.value like 'good%' then 1 else 0 end) as {{ type_double() }}) / count(*)
            as value
    from ratings
    inner join tickets on ratings.ticket_id = tickets.ticket_id
    where ratings.recency = 1
    group by tickets.account_id, {{ local_date('ratings.updated_at') }}
),

final as (
    select * from ticket_facts
    union all
    select * from satisfaction
)

select * from final
