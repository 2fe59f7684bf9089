-- A key feature with a plan that no account has ever had, often for a typing error or a capital letter:
-- who has the plan that was meant is not expected to use the feature.
{{ config(severity='warn') }}

with

plans as (
    select distinct plan
    from {{ ref('int_account_periods') }}
    where plan is not null
),

features as (
    select distinct
        feature,
        plans,
        length(plans) - length(replace(plans, '|', '')) + 1 as named_plans
    from {{ ref('int_key_features') }}
    where plans is not null
),

matches as (
    select
        features.feature,
        features.plans,
        count(*) as known_plans
    from features
    cross join plans
    where {{ is_in_plans('plans.plan', 'features.plans') }}
    group by features.feature, features.plans
),

known as (
    select
        features.feature,
        features.plans,
        features.named_plans,
        coalesce(matches.known_plans, 0) as known_plans
    from features
    left join matches
        on
            features.feature = matches.feature
            and features.plans = matches.plans
)

select
    'key_features.plans of ' || feature || ' is ' || plans || ', of which accounts have had '
    || cast(known_plans as {{ type_text() }}) || ' of ' || cast(named_plans as {{ type_text() }}) as warning
from known
where known_plans < named_plans
