{#- A date some days later (a negative number: earlier). Returns a date. -#}
{% macro add_days(day, number) -%}
    {{ return(adapter.dispatch('add_days', 'product_engagement')(day, number)) }}
{%- endmacro %}

{% macro default__add_days(day, number) -%}
    cast({{ day }} + cast({{ number }} as integer) as date)
{%- endmacro %}

{% macro snowflake__add_days(day, number) -%}
    cast(dateadd(day, {{ number }}, {{ day }}) as date)
{%- endmacro %}

{% macro spark__add_days(day, number) -%}
    date_add({{ day }}, cast({{ number }} as int))
{%- endmacro %}


{#- Whole days from one date to a later one. Returns an integer. -#}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between', 'product_engagement')(earlier, later)) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    cast({{ later }} - {{ earlier }} as integer)
{%- endmacro %}

{% macro snowflake__days_between(earlier, later) -%}
    datediff(day, {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro bigquery__days_between(earlier, later) -%}
    date_diff({{ later }}, {{ earlier }}, day)
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}


{#- Whole minutes from one timestamp to a later one. Returns an integer. -#}
{% macro minutes_between(earlier, later) -%}
    {{ return(adapter.dispatch('minutes_between', 'product_engagement')(earlier, later)) }}
{%- endmacro %}

{% macro default__minutes_between(earlier, later) -%}
    cast(floor(datediff(second, {{ earlier }}, {{ later }}) / 60) as integer)
{%- endmacro %}

{% macro duckdb__minutes_between(earlier, later) -%}
    cast(date_sub('minute', {{ earlier }}, {{ later }}) as integer)
{%- endmacro %}

{% macro postgres__minutes_between(earlier, later) -%}
    cast(floor(extract(epoch from {{ later }} - {{ earlier }}) / 60) as integer)
{%- endmacro %}

{% macro redshift__minutes_between(earlier, later) -%}
    {{ default__minutes_between(earlier, later) }}
{%- endmacro %}

{% macro bigquery__minutes_between(earlier, later) -%}
    timestamp_diff({{ later }}, {{ earlier }}, minute)
{%- endmacro %}

{% macro spark__minutes_between(earlier, later) -%}
    cast(timestampdiff(minute, {{ earlier }}, {{ later }}) as integer)
{%- endmacro %}


{#- The Monday of a day's week, the first of its month, or the day itself. Returns a date. -#}
{% macro period_start(period, day) -%}
    {%- if period == 'day' -%}
        {{ day }}
    {%- else -%}
        {{ adapter.dispatch('period_start', 'product_engagement')(period, day) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__period_start(period, day) -%}
    cast(date_trunc('{{ period }}', {{ day }}) as date)
{%- endmacro %}

{#- A parameter of the session says with which day its weeks start. -#}
{% macro snowflake__period_start(period, day) -%}
    {%- if period == 'week' -%}
        {{ add_days(day, '1 - dayofweekiso(' ~ day ~ ')') }}
    {%- else -%}
        {{ default__period_start(period, day) }}
    {%- endif -%}
{%- endmacro %}

{% macro bigquery__period_start(period, day) -%}
    date_trunc({{ day }}, {{ 'isoweek' if period == 'week' else period }})
{%- endmacro %}


{#- The last day of the period that starts on a date. Returns a date. -#}
{% macro period_end(period, start) -%}
    {%- if period == 'day' -%}
        {{ start }}
    {%- elif period == 'week' -%}
        {{ add_days(start, 6) }}
    {%- else -%}
        {{ add_days(period_start(period, add_days(start, 31)), -1) }}
    {%- endif -%}
{%- endmacro %}


{#- True on Sundays: six days after the Monday that its week starts with. -#}
{% macro is_sunday(day) -%}
    ({{ days_between(period_start('week', day), day) }} = 6)
{%- endmacro %}


{#- A select of one column, date_day: every day from the first to the last, both included, of the one
    row of a relation that holds them. No row where either is null or they are out of order. -#}
{% macro generate_days(relation, first_day, last_day) -%}
    {{ return(adapter.dispatch('generate_days', 'product_engagement')(relation, first_day, last_day)) }}
{%- endmacro %}

{% macro default__generate_days(relation, first_day, last_day) -%}
    select cast(days.generated as date) as date_day
    from {{ relation }} as bounds
    cross join lateral generate_series(
        cast(bounds.{{ first_day }} as timestamp), cast(bounds.{{ last_day }} as timestamp), interval '1 day'
    ) as days (generated)
{%- endmacro %}

{% macro duckdb__generate_days(relation, first_day, last_day) -%}
    select cast(unnest(generate_series(
        cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval '1 day'
    )) as date) as date_day
    from {{ relation }}
{%- endmacro %}

{% macro spark__generate_days(relation, first_day, last_day) -%}
    select explode(sequence({{ first_day }}, {{ last_day }})) as date_day
    from {{ relation }}
    where {{ first_day }} <= {{ last_day }}
{%- endmacro %}

{% macro snowflake__generate_days(relation, first_day, last_day) -%}
    select {{ add_days('bounds.' ~ first_day, 'cast(days.value as integer)') }} as date_day
    from {{ relation }} as bounds,
        lateral flatten(
            input => array_generate_range(0, {{ days_between('bounds.' ~ first_day, 'bounds.' ~ last_day) }} + 1)
        ) as days
{%- endmacro %}

{% macro bigquery__generate_days(relation, first_day, last_day) -%}
    select date_day
    from {{ relation }} as bounds
    cross join unnest(generate_date_array(bounds.{{ first_day }}, bounds.{{ last_day }})) as date_day
{%- endmacro %}

{#- Only the leader node has generate_series: 2^20 numbers, which are 2871 years of days. -#}
{% macro redshift__generate_days(relation, first_day, last_day) -%}
    select {{ add_days('bounds.' ~ first_day, 'numbers.generated_number - 1') }} as date_day
    from {{ relation }} as bounds
    inner join ({{ dbt.generate_series(1048576) }}) as numbers
        on numbers.generated_number <= {{ days_between('bounds.' ~ first_day, 'bounds.' ~ last_day) }} + 1
{%- endmacro %}
