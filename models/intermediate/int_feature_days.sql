-- One row per entity, key feature and day on which the entity used it, from the feature's launch on, with the
-- next such day.

with

uses as (
    select distinct
        entity_events.entity_type,
        entity_events.entity_id,
        key_features.feature,
        entity_events.event_date
    from {{ ref('int_entity_events') }} as entity_events
    inner join {{ ref('key_features') }} as key_features
        on
            entity_events.event_name = key_features.event_name
            and (
                key_features.launched_on is null
                or entity_events.event_date >= key_features.launched_on
            )
),

final as (
    select
        *,
        lead(event_date) over (
            partition by entity_type, entity_id, feature
            order by event_date
        ) as next_event_date
    from uses
)

select * from final
