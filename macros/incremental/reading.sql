{#- A bound of a time column of a source as a literal of its type. columns: as columns_of says; time: UTC, text or a
    timestamp. -#}
{% macro source_bound(columns, name, time) -%}
    {%- set found = columns.get(name, {'data_type': 'timestamp'}) -%}
    {{ return(source_time_literal(time, found.data_type if is_time(found.data_type) else 'timestamp')) }}
{%- endmacro %}

{% macro event_bound(column, time) -%}
    {{ return(source_bound(columns_of(ref('stg_events')), column, time)) }}
{%- endmacro %}


{#- Conditions on stg_events, as the engine can use them to skip files: loaded, or happened, at or after a UTC time. -#}
{% macro loaded_since(time) -%}
    source_loaded_at >= {{ event_bound('source_loaded_at', time) }}
{%- endmacro %}

{% macro occurred_since(time) -%}
    source_occurred_at >= {{ event_bound('source_occurred_at', time) }}
{%- endmacro %}


{#- Without a loaded_at, in the same way; an infinity is none. The bounds are such that nanoseconds can be compared. -#}
{% macro has_no_load_time() -%}
    loaded_at is null
    and (
        source_loaded_at is null
        or source_loaded_at < {{ event_bound('source_loaded_at', '1678-01-01') }}
        or source_loaded_at > {{ event_bound('source_loaded_at', '2262-01-01') }}
    )
{%- endmacro %}


{#- The rows of stg_events that have come since a watermark, as SQL selects to be joined by union all: those loaded
    since; and, where loaded_at is empty, those that happened since, look-back included. columns: SQL. -#}
{% macro events_since(watermark, columns) -%}
    {%- set earlier = run_query(
        "select " ~ add_minutes("cast('" ~ watermark ~ "' as " ~ type_timestamp() ~ ")", -1440 * var('lookback_days'))
    ).columns[0].values()[0] -%}
    select {{ columns }} from {{ ref('stg_events') }}
    where {{ loaded_since(watermark) }}
    union all
    select {{ columns }} from {{ ref('stg_events') }}
    where
        {{ has_no_load_time() }}
        and {{ occurred_since(earlier) }}
{%- endmacro %}


{#- A condition on stg_events that holds for every row that counts on a touched day and lets the engine skip most
    others: the days, a day wider on either side for the zone, as ranges of source_occurred_at. Rows loaded
    before the first of these days are left out: their events lay in the future then, so they are rejected. -#}
{% macro within_touched_days() -%}
    {%- set bounds = run_query(
        'select min(first_day), max(last_day), count(*) from (' ~ touched_ranges() ~ ') as ranges'
    ).rows[0] -%}
    {%- set ranges = [] -%}
    {%- if bounds[2] == 0 -%}
        {{ return('1 = 0') }}
    {%- elif bounds[2] > 30 -%}
        {%- set found = [(bounds[0], bounds[1])] -%}
    {%- else -%}
        {%- set found = run_query(touched_ranges() ~ ' order by 1').rows -%}
    {%- endif -%}
    {%- for first_day, last_day in found -%}
        {%- do ranges.append(
            '(' ~ occurred_since(first_day) ~ ' and source_occurred_at < ' ~ event_bound('source_occurred_at', last_day) ~ ')'
        ) -%}
    {%- endfor -%}
    {%- set earliest = run_query(
        'select ' ~ add_minutes("cast('" ~ bounds[0] ~ "' as " ~ type_timestamp() ~ ")", -var('clock_skew_minutes'))
    ).columns[0].values()[0] -%}
    (
        {{ ranges | join(' or ') }}
    )
    and ({{ loaded_since(earliest) }} or ({{ has_no_load_time() }}))
{%- endmacro %}


{#- Touched days in a row as one range: a query of first_day and last_day, the day before and two days after. -#}
{% macro touched_ranges() -%}
    select
        greatest({{ add_days('min(event_date)', -1) }}, cast('0001-01-01' as date)) as first_day,
        least({{ add_days('max(event_date)', 2) }}, cast('9999-12-31' as date)) as last_day
    from (
        select
            event_date,
            {{ add_days('event_date', '-row_number() over (order by event_date)') }} as island
        from {{ built_relation('int_touched_days') }}
    ) as days
    group by island
{%- endmacro %}


{#- The condition for the stored rejected events that a run reads again: those of the touched days; without a credible
    day, those loaded on or after the day of the watermark, or at an unknown time. -#}
{% macro touched_partitions() -%}
    {{ return(
        '(has_event_date and partition_date in (select event_date from ' ~ project_relation('int_touched_days')
        ~ ")) or (not has_event_date and (partition_date = cast('0001-01-01' as date) or partition_date >= cast('"
        ~ this_run().watermark.strftime('%Y-%m-%d') ~ "' as date)))"
    ) }}
{%- endmacro %}


{#- Whose event a row of the daily counts is: the received user, unless merged into another. -#}
{% macro resolved_user_id(counts) -%}
    coalesce({{ counts }}.merged_user_id, {{ counts }}.received_user_id)
{%- endmacro %}


{#- The account of a row of the daily counts: the received or inferred one, unless merged into another. -#}
{% macro resolved_account_id(counts) -%}
    coalesce({{ counts }}.merged_account_id, {{ counts }}.account_id)
{%- endmacro %}
