-- One row per followed score date and horizon, with the months whose revenue is compared. A
-- followed date is the first Sunday after the first day of a month. An outcome is known once its
-- month is over and revenue has been loaded for that month or a later one.

with

score_dates as (
    select
        *,
        {{ period_start('month', 'score_date') }} as score_month
    from {{ ref('int_score_dates') }}
    where
        is_built
        and is_sunday
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

latest_revenue as (
    select max(month) as last_month
    from {{ ref('int_monthly_revenue') }}
    where mrr is not null
),

horizons as (
    {%- for days in outcome_horizons() %}
    select {{ days }} as horizon_days
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

dated as (
    select
        score_dates.score_date,
        horizons.horizon_days,
        {{ period_start('month', add_days('score_dates.score_month', -1)) }} as month_before,
        score_dates.score_month,
        {{ period_start('month', add_days('score_dates.score_date', 'horizons.horizon_days')) }}
            as month_after
    from score_dates
    cross join horizons
    where
        score_dates.score_date > score_dates.score_month
        and score_dates.score_date <= {{ add_days('score_dates.score_month', 7) }}
),

final as (
    select
        dated.score_date,
        dated.horizon_days,
        dated.month_before,
        dated.score_month,
        dated.month_after,
        coalesce(dated.month_after <= latest_revenue.last_month, false)
        and {{ period_end('month', 'dated.month_after') }} <= bounds.as_of as is_known
    from dated
    cross join bounds
    cross join latest_revenue
)

select * from final
