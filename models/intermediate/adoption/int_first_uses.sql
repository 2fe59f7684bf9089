-- One row per entity and key feature that it has used, with the first day and the last. An event
-- before the launch of a feature does not use it, so totals are split at each launch.

with

totals as (
    select * from {{ ref('int_event_totals') }}
),

features as (
    select * from {{ ref('int_feature_events') }}
),

uses as (
    select
        totals.user_id,
        totals.account_id,
        features.feature,
        features.feature_index,
        totals.first_on as first_used_on,
        totals.last_on as last_used_on
    from totals
    inner join features
        on
            totals.event_name = features.event_name
            and (features.launched_on is null or totals.first_on >= features.launched_on)
),

final as (
    select
        'user' as entity_type,
        user_id as entity_id,
        feature,
        feature_index,
        min(first_used_on) as first_used_on,
        max(last_used_on) as last_used_on
    from uses
    where user_id <> ''
    group by user_id, feature, feature_index
    union all
    select
        'account' as entity_type,
        account_id as entity_id,
        feature,
        feature_index,
        min(first_used_on) as first_used_on,
        max(last_used_on) as last_used_on
    from uses
    where account_id is not null
    group by account_id, feature, feature_index
)

select * from final
