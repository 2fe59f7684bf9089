-- One row per score date and launched key feature: to how many of those who were there in the window it
-- was available, and how many of them used it.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='score_date',
    meta={'replaced': 'int_stale_adoption'},
) }}

{% set feature_columns = feature_sets() -%}
{% set is_used = set_has('counted_sets', feature_columns, 'features.member') -%}

with

adoption as (
    select adoption.*
    from {{ ref('int_entity_adoption') }} as adoption
    inner join {{ ref('int_stale_adoption') }} as stale_adoption
        on adoption.score_date = stale_adoption.score_date
),

plan_features as (
    select * from {{ ref('int_plan_features') }}
),

features as (
    select distinct
        feature,
        member
    from {{ ref('int_features') }}
),

counted_sets as (
    select
        score_date,
        plan,
        {{ feature_columns | join(', ') }},
        count(case when entity_type = 'user' then 1 end) as users,
        count(case when entity_type = 'account' then 1 end) as accounts
    from adoption
    group by score_date, plan, {{ feature_columns | join(', ') }}
),

final as (
    select
        counted_sets.score_date,
        features.feature,
        cast(sum(counted_sets.users) as bigint) as users_available,
        cast(sum(counted_sets.accounts) as bigint) as accounts_available,
        cast(sum(case when {{ is_used }} then counted_sets.users else 0 end) as bigint) as users_adopted,
        cast(sum(case when {{ is_used }} then counted_sets.accounts else 0 end) as bigint) as accounts_adopted
    from counted_sets
    inner join plan_features
        on
            counted_sets.score_date = plan_features.score_date
            and counted_sets.plan = plan_features.plan
    inner join features on {{ set_has('plan_features', feature_columns, 'features.member') }}
    group by counted_sets.score_date, features.feature
)

select * from final
