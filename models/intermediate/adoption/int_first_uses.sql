-- One row per entity and key feature that it ever used: since when. What was done before the launch of a
-- feature is no use of it.

with

totals as (
    select * from {{ ref('int_event_totals') }}
),

features as (
    select * from {{ ref('int_features') }}
),

accepted_events as (
    select * from {{ ref('int_accepted_events') }}
),

feature_totals as (
    select
        totals.user_id,
        totals.account_id,
        totals.event_name,
        totals.first_on,
        totals.last_on,
        features.feature,
        features.member,
        features.launched_on
    from totals
    inner join features on totals.event_name = features.event_name
),

early_uses as (
    select
        feature_totals.user_id,
        feature_totals.account_id,
        feature_totals.feature,
        feature_totals.member,
        min(accepted_events.event_date) as first_used_on
    from feature_totals
    inner join accepted_events
        on
            feature_totals.user_id = accepted_events.user_id
            and coalesce(feature_totals.account_id, '') = coalesce(accepted_events.account_id, '')
            and feature_totals.event_name = accepted_events.event_name
            and feature_totals.launched_on <= accepted_events.event_date
    where
        feature_totals.first_on < feature_totals.launched_on
        and feature_totals.last_on >= feature_totals.launched_on
    group by
        feature_totals.user_id, feature_totals.account_id, feature_totals.feature, feature_totals.member
),

uses as (
    select
        user_id,
        account_id,
        feature,
        member,
        first_on as first_used_on
    from feature_totals
    where launched_on is null or first_on >= launched_on
    union all
    select
        user_id,
        account_id,
        feature,
        member,
        first_used_on
    from early_uses
),

final as (
    select
        'user' as entity_type,
        user_id as entity_id,
        feature,
        member,
        min(first_used_on) as first_used_on
    from uses
    group by user_id, feature, member
    union all
    select
        'account' as entity_type,
        account_id as entity_id,
        feature,
        member,
        min(first_used_on) as first_used_on
    from uses
    where account_id is not null
    group by account_id, feature, member
)

select * from final
