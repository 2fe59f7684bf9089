-- One row per key feature: when it launched, in which plans it is, its place in bit sets, and the
-- first day on which an event of it was accepted. Before that day nothing is known of its use.
{{ config(materialized='ephemeral') }}

with

features as (
    select * from {{ ref('int_feature_events') }}
),

first_occurrences as (
    select * from {{ ref('int_first_occurrences') }}
),

final as (
    select
        features.feature,
        features.launched_on,
        features.plans,
        features.feature_index,
        min(first_occurrences.first_occurred_on) as tracked_from
    from features
    left join first_occurrences on features.event_name = first_occurrences.event_name
    group by features.feature, features.launched_on, features.plans, features.feature_index
)

select * from final
