{#- A select of one row per id: each of some columns as the last row that knows it has it. rows: a CTE. -#}
{% macro latest_known(rows, id, columns, time) -%}
    select distinct
        {{ id }}
        {%- for column in columns %},
        first_value({{ column }}) over (
            partition by {{ id }}
            order by case when {{ column }} is null then 1 else 0 end, {{ time }} desc, {{ column }}
            rows between unbounded preceding and unbounded following
        ) as {{ column }}
        {%- endfor %}
    from {{ rows }}
{%- endmacro %}


{#- A select of identities: one row per alias and day on which it came to belong to another user; the last one of a day
    has all of it. links: a CTE of alias_id, user_id and linked_at (UTC timestamp). -#}
{% macro identities_of_links(links) -%}
    select
        alias_id,
        user_id,
        linked_at as valid_from
    from (
        select
            alias_id,
            user_id,
            linked_at,
            lag(user_id) over (partition by alias_id order by linked_on) as previous_user_id
        from (
            select
                alias_id,
                user_id,
                linked_at,
                {{ local_date('linked_at') }} as linked_on,
                row_number() over (
                    partition by alias_id, {{ local_date('linked_at') }} order by linked_at desc, user_id
                ) as recency
            from {{ links }}
            where
                alias_id <> user_id
                and linked_at is not null
        ) as dated
        where recency = 1
    ) as daily
    where previous_user_id is null or previous_user_id <> user_id
{%- endmacro %}


{#- A select of one row per id and time: each of some columns as it was last known by then. rows: a CTE. -#}
{% macro carried_forward(rows, id, time, columns) -%}
    select
        {{ id }},
        {{ time }}
        {%- for column in columns %},
        max({{ column }}) over (partition by {{ id }}, known_{{ column }}) as {{ column }}
        {%- endfor %}
    from (
        select
            {{ id }},
            {{ time }}
            {%- for column in columns %},
            max({{ column }}) as {{ column }},
            sum(max(case when {{ column }} is null then 0 else 1 end)) over (
                partition by {{ id }} order by {{ time }} rows between unbounded preceding and current row
            ) as known_{{ column }}
            {%- endfor %}
        from {{ rows }}
        group by {{ id }}, {{ time }}
    ) as dated
{%- endmacro %}


{#- Facts of tickets, as CTEs of which the last is ticket_facts (account_id, measured_on, name, value): how many were
    opened on a day, how many were open at its end, the urgent ones of them, and the hours until the first reply, the mean
    of the tickets solved on the day. tickets: a CTE of account_id, opened_on, solved_on, is_urgent (1 or 0) and
    first_reply_minutes. What is opened on a day is none of the next day's, which begins at 0. -#}
{% macro facts_of_tickets(tickets) -%}
    ticket_changes as (
        select
            account_id,
            opened_on as measured_on,
            1 as opened,
            1 as change,
            is_urgent as urgent_change
        from {{ tickets }}
        union all
        select
            account_id,
            {{ add_days('opened_on', 1) }} as measured_on,
            0 as opened,
            0 as change,
            0 as urgent_change
        from {{ tickets }}
        union all
        select
            account_id,
            solved_on as measured_on,
            0 as opened,
            -1 as change,
            -is_urgent as urgent_change
        from {{ tickets }}
        where solved_on is not null
    ),

    ticket_days as (
        select
            account_id,
            measured_on,
            sum(opened) as opened,
            sum(sum(change)) over (
                partition by account_id order by measured_on rows between unbounded preceding and current row
            ) as still_open,
            sum(sum(urgent_change)) over (
                partition by account_id order by measured_on rows between unbounded preceding and current row
            ) as urgent_still_open
        from ticket_changes
        group by account_id, measured_on
    ),

    ticket_facts as (
        {% for name, value in [
            ('tickets_opened', 'opened'), ('tickets_open', 'still_open'), ('urgent_tickets_open', 'urgent_still_open')
        ] -%}
        select
            account_id,
            measured_on,
            '{{ name }}' as name,
            cast({{ value }} as {{ type_double() }}) as value
        from ticket_days
        union all
        {% endfor -%}
        select
            account_id,
            solved_on as measured_on,
            'first_reply_hours' as name,
            cast(sum(first_reply_minutes) as {{ type_double() }}) / 60 / count(*) as value
        from {{ tickets }}
        where
            solved_on is not null
            and first_reply_minutes is not null
        group by account_id, solved_on
    )
{%- endmacro %}
