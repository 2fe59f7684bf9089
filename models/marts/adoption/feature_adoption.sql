-- One row per score date and launched key feature: how many of the entities that were there in the
-- window could use it, and how many did. Rates are null until an event of the feature has been accepted.

{% set feature_columns = feature_bitsets() -%}
{% set is_used = bitset_has('counted_sets', feature_columns, 'features.feature_index') -%}

with

adoption as (
    select * from {{ ref('int_entity_adoption') }}
    where {{ restated('score_date', 'attributes') }}
),

first_uses as (
    select * from {{ ref('int_first_uses') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where
        is_built
        and {{ restated('score_date', 'attributes') }}
),

features as (
    select * from {{ ref('int_key_features') }}
),

plan_features as (
    select * from {{ ref('int_plan_features') }}
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

window_counts as (
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
    inner join features on {{ bitset_has('plan_features', feature_columns, 'features.feature_index') }}
    group by counted_sets.score_date, features.feature
),

launched as (
    select
        score_dates.score_date,
        features.feature,
        coalesce(score_dates.score_date >= features.tracked_from, false) as is_tracked
    from score_dates
    inner join features
        on features.launched_on is null or score_dates.score_date >= features.launched_on
),

first_use_days as (
    select
        feature,
        first_used_on,
        count(case when entity_type = 'user' then 1 end) as users,
        count(case when entity_type = 'account' then 1 end) as accounts
    from first_uses
    group by feature, first_used_on
),

all_time_counts as (
    select
        launched.score_date,
        launched.feature,
        cast(sum(first_use_days.users) as bigint) as users_adopted_all_time,
        cast(sum(first_use_days.accounts) as bigint) as accounts_adopted_all_time
    from launched
    inner join first_use_days
        on
            launched.feature = first_use_days.feature
            and launched.score_date >= first_use_days.first_used_on
    group by launched.score_date, launched.feature
),

counted as (
    select
        launched.score_date,
        launched.feature,
        launched.is_tracked,
        coalesce(window_counts.users_available, 0) as users_available,
        coalesce(window_counts.users_adopted, 0) as users_adopted,
        coalesce(all_time_counts.users_adopted_all_time, 0) as users_adopted_all_time,
        coalesce(window_counts.accounts_available, 0) as accounts_available,
        coalesce(window_counts.accounts_adopted, 0) as accounts_adopted,
        coalesce(all_time_counts.accounts_adopted_all_time, 0) as accounts_adopted_all_time
    from launched
    left join window_counts
        on
            launched.score_date = window_counts.score_date
            and launched.feature = window_counts.feature
    left join all_time_counts
        on
            launched.score_date = all_time_counts.score_date
            and launched.feature = all_time_counts.feature
),

final as (
    select
        score_date,
        feature,
        users_available,
        users_adopted,
        case when is_tracked then {{ rate('users_adopted', 'users_available') }} end as user_adoption_rate,
        users_adopted_all_time,
        accounts_available,
        accounts_adopted,
        case when is_tracked then {{ rate('accounts_adopted', 'accounts_available') }} end
            as account_adoption_rate,
        accounts_adopted_all_time
    from counted
)

select * from final
