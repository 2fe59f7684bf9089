{#- Warnings, as a query of one column, for each reason for which more than a share of the rows read are rejected. Copies
    that agree with their first in name and user are left out: loaders deliver twice. A run that does not read everything
    says nothing of fewer than 1,000 rows. share: 0-1. -#}
{% macro rejected_shares_above(share) -%}
    with

    rejected_rows as (
        select
            *,
            coalesce(
                case
                    when reason in ('unparsable_occurred_at', 'before_earliest_date', 'future') then received_occurred_at
                    when reason = 'bad_quantity' then received_quantity
                end,
                event_id,
                event_name,
                ''
            ) as value
        from {{ ref('int_rejected_source_rows') }}
        where not is_copy
    ),

    read_rows as (
        select count(*) as rows_read
        from {{ ref('int_source_rows_read') }}
    ),

    copies as (
        select count(*) as copies
        from {{ ref('int_rejected_source_rows') }}
        where is_copy
    ),

    shares as (
        select
            rejected_rows.reason,
            count(*) as rejected_rows,
            {{ rate('count(*)', 'max(read_rows.rows_read - copies.copies)') }} as share
        from rejected_rows
        cross join read_rows
        cross join copies
        cross join {{ ref('int_run') }} as run
        where
            read_rows.rows_read >= 1000
            or run.reads_everything
        group by rejected_rows.reason
    ),

    ordered_values as (
        select
            reason,
            value,
            row_number() over (partition by reason order by {{ in_byte_order('value') }}) as position
        from (select distinct reason, value from rejected_rows) as distinct_values
    ),

    examples as (
        select
            reason,
            {{ joined_text('value', 'position') }} as examples
        from ordered_values
        where position <= 3
        group by reason
    )

    select
        cast(shares.rejected_rows as {{ type_text() }}) || ' rows of events ('
        || cast({{ as_decimal('100 * shares.share', 5, 1) }} as {{ type_text() }}) || ' % of those read) are rejected as '
        || shares.reason || ', such as ' || replace(examples.examples, '|', ', ')
        || case
            when shares.reason = 'unparsable_occurred_at'
                then ': name an expression that reads them (docs/inputs.md){{ expression_for_times() }}'
            when shares.reason = 'duplicate'
                then ', ids that several events of one day share, as a counter would: make event_id unique'
            else ': docs/inputs.md says what the reason means'
        end as warning
    from shares
    inner join examples on shares.reason = examples.reason
    where shares.share > {{ share }}
{%- endmacro %}


{#- An example of an expression that reads times of one more format, as part of a text literal; empty where the engine has no
    function that leaves the others alone, or where an expression is in use. -#}
{% macro expression_for_times() -%}
    {%- set column = (var('input_columns').get('events') or {}).get('occurred_at', 'occurred_at') -%}
    {%- if target.type == 'duckdb' and column is string -%}
    , such as input_columns: {events: {occurred_at: {sql: "coalesce(cast(try_strptime({{ column }},
    {{- " ''%d/%m/%Y %H:%M'') as text), " ~ column -}} )"}}}
    {%- endif -%}
{%- endmacro %}
