{#- What the events of a day are worth, per version, day and some more columns: points before decay, the number of
    scored events, whether they make active, and the sets they add to. A select of int_event_weights_by_day joined to
    relation (event_date, event_name, events and the columns), for use in a CTE. -#}
{% macro day_values(relation, columns, bitset_columns) -%}
    select
        event_weights.version,
        {{ relation }}.event_date,
        {%- for column in columns %}
        {{ relation }}.{{ column }},
        {%- endfor %}
        {{ day_points('event_weights.weight', relation ~ '.events', 'event_weights.daily_cap') }} as points,
        cast(sum(case when event_weights.weight > 0 then {{ relation }}.events else 0 end) as bigint)
            as scored_events,
        max(case when event_weights.counts_as_active then 1 else 0 end) = 1 as is_active,
        {{ select_columns(bitset_columns, bitset_union('event_weights.{}') ~ ' as {}') }}
    from {{ relation }}
    inner join event_weights
        on
            {{ relation }}.event_date = event_weights.event_date
            and {{ relation }}.event_name = event_weights.event_name
    group by
        event_weights.version,
        {{ relation }}.event_date
        {%- for column in columns %},
        {{ relation }}.{{ column }}
        {%- endfor %}
{%- endmacro %}
