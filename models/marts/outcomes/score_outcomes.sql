-- One row per score date, outcome, horizon and group of accounts (all, a band, or a tenth by
-- score): the number of accounts, and the share with the outcome.
{% set outcomes = ['retained', 'churned', 'expanded', 'contracted'] -%}
{% set enough = var('min_segment_size') -%}
{% set groups = {'all': "'all'", 'band': 'band', 'decile': 'decile'} -%}

with

outcomes as (
    select * from {{ ref('int_outcomes') }}
),

-- Equals share a decile, so that one may be empty.
ranked as (
    select
        *,
        rank() over (
            partition by score_date, horizon_days order by {{ comparable_score('score') }}, points
        ) as position,
        count(*) over (partition by score_date, horizon_days) as accounts
    from outcomes
),

grouped as (
    select
        *,
        {{ decile('position', 'accounts') }} as decile
    from ranked
),

summed as (
    {%- for group_by, group_value in groups.items() %}
    select
        score_date,
        horizon_days,
        '{{ group_by }}' as group_by,
        cast({{ group_value }} as {{ type_text() }}) as group_value,
        count(*) as accounts,
        {%- for outcome in outcomes %}
        sum(case when is_{{ outcome }} then 1 else 0 end) as {{ outcome }},
        {%- endfor %}
        cast(sum({{ as_decimal('mrr_before', 38, 9) }}) as {{ type_double() }}) as mrr_before,
        cast(sum({{ as_decimal('mrr_after', 38, 9) }}) as {{ type_double() }}) as mrr_after
    from grouped
    group by score_date, horizon_days{{ ', ' ~ group_by if group_by != 'all' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    {%- for outcome in outcomes %}
    select
        score_date,
        '{{ outcome }}' as outcome,
        horizon_days,
        group_by,
        group_value,
        accounts,
        cast({{ outcome }} as bigint) as outcome_accounts,
        case when accounts >= {{ enough }} then {{ rate(outcome, 'accounts') }} end as outcome_rate,
        mrr_before,
        mrr_after
    from summed
    union all
    {%- endfor %}
    select
        score_date,
        'revenue_growth' as outcome,
        horizon_days,
        group_by,
        group_value,
        accounts,
        cast(null as bigint) as outcome_accounts,
        case when accounts >= {{ enough }} then {{ rate('mrr_after', 'mrr_before') }} - 1 end as outcome_rate,
        mrr_before,
        mrr_after
    from summed
)

select * from final
