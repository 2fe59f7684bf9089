-- One row per built score date (and as_of) and plan: the key features that the plan includes and
-- that have launched by then, and whether an event of one has been accepted by then. The plan '' is
-- unknown and has only the features that every plan has.

{% set feature_columns = feature_bitsets() -%}

with

score_dates as (
    select distinct score_date from {{ ref('int_score_dates') }}
    where is_built
    union distinct
    select as_of as score_date from {{ ref('int_calendar_bounds') }}
    where as_of is not null
),

features as (
    select * from {{ ref('int_key_features') }}
),

plans as (
    select distinct coalesce(plan, '') as plan
    from {{ ref('int_entity_periods') }}
    union distinct
    select '' as plan
),

available as (
    select
        score_dates.score_date,
        plans.plan,
        min(features.tracked_from) as tracked_from,
        {{ group_bitsets(feature_columns, 'features.feature_index') }}
    from score_dates
    cross join plans
    inner join features
        on
            (features.launched_on is null or score_dates.score_date >= features.launched_on)
            and {{ is_in_plans('plans.plan', 'features.plans') }}
    group by score_dates.score_date, plans.plan
),

final as (
    select
        score_dates.score_date,
        plans.plan,
        coalesce(score_dates.score_date >= available.tracked_from, false) as is_tracked,
        {{ select_columns(feature_columns, 'coalesce(available.{}, 0) as {}') }}
    from score_dates
    cross join plans
    left join available
        on
            score_dates.score_date = available.score_date
            and plans.plan = available.plan
)

select * from final
