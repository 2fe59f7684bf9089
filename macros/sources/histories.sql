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
