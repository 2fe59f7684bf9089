-- The features that an account uses, one by one, are as many as its profile says.

with

counted as (
    select
        account_id,
        count(case when is_available then 1 end) as features_available,
        count(case when is_used then 1 end) as features_used,
        count(case when is_available and first_used_on is not null then 1 end) as features_used_all_time
    from {{ ref('account_features') }}
    group by account_id
),

profiles as (
    select * from {{ ref('account_profiles') }}
    where as_of is not null
)

select
    profiles.account_id,
    profiles.features_available,
    profiles.features_used,
    profiles.features_used_all_time
from profiles
left join counted on profiles.account_id = counted.account_id
where
    not coalesce(profiles.features_available = coalesce(counted.features_available, 0), false)
    or not coalesce(profiles.features_used = coalesce(counted.features_used, 0), false)
    or not coalesce(profiles.features_used_all_time = coalesce(counted.features_used_all_time, 0), false)
