-- One row per entity and event behind a score of the latest date, or of one window earlier: the
-- event's part of behaviour_change. The parts of an entity add up to it.

with

contributions as (
    select * from {{ ref('score_contributions') }}
),

changes as (
    select changes.*
    from {{ ref('score_changes') }} as changes
    inner join {{ ref('int_calendar_bounds') }} as bounds on changes.score_date = bounds.as_of
),

curvatures as (
    select
        version,
        cast(curvature as {{ type_double() }}) as curvature
    from {{ ref('int_scoring_versions') }}
),

of_entities as (
    {%- for entity_type in ['user', 'account'] %}
    select
        score_date,
        '{{ entity_type }}' as entity_type,
        {{ entity_type }}_id as entity_id,
        event_name,
        cast(sum(events) as bigint) as events,
        cast(sum(previous_events) as bigint) as previous_events,
        {{ as_decimal('sum(' ~ entity_type ~ '_points)', 38, 12) }} as points,
        {{ as_decimal('sum(' ~ entity_type ~ '_points_change)', 38, 12) }} as points_change
    from contributions
    where {{ entity_type }}_id is not null
    group by score_date, {{ entity_type }}_id, event_name
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

totalled as (
    select
        *,
        sum(points_change) over (partition by entity_type, entity_id) as change_of_all
    from of_entities
),

final as (
    select
        totalled.score_date,
        totalled.entity_type,
        totalled.entity_id,
        totalled.event_name,
        totalled.events,
        totalled.previous_events,
        totalled.points,
        totalled.points_change,
        cast(totalled.points_change as {{ type_double() }}) * {{ mean_score_slope(
            'changes.previous_points', 'changes.points', 'totalled.change_of_all', 'changes.cap',
            'curvatures.curvature', 'changes.behaviour_change'
        ) }} as behaviour_change
    from totalled
    inner join changes
        on
            totalled.score_date = changes.score_date
            and totalled.entity_type = changes.entity_type
            and totalled.entity_id = changes.entity_id
    inner join curvatures on changes.version = curvatures.version
)

select * from final
