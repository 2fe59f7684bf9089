-- A key feature whose plans no account has ever had, often for a typing error or a capital letter: nobody is
-- expected to use it, so it counts in no adoption rate.
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
        plans
    from {{ ref('int_key_features') }}
    where plans is not null
)

select
    'key_features.plans of ' || features.feature || ' is ' || features.plans
    || ', and no account has had such a plan: its adoption is not measured' as warning
from features
left join plans on {{ is_in_plans('plans.plan', 'features.plans') }}
where plans.plan is null
