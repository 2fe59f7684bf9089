-- One row per built score date, entity type, dimension and value: how many entities had signed up
-- by then, and how many milestones they had reached together.

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_built
),

steps as (
    select * from {{ ref('int_activation_steps') }}
),

entities as (
    select * from {{ ref('int_entities') }}
),

memberships as (
    select
        segments.entity_type,
        segments.entity_id,
        segments.dimension,
        segments.value,
        greatest(segments.valid_from, coalesce(entities.signup_on, segments.valid_from)) as member_from,
        segments.valid_until as member_until
    from {{ ref('int_entity_segments') }} as segments
    inner join entities
        on
            segments.entity_type = entities.entity_type
            and segments.entity_id = entities.entity_id
),

reached as (
    select
        memberships.entity_type,
        memberships.dimension,
        memberships.value,
        greatest(memberships.member_from, steps.reached_on) as reached_from,
        memberships.member_until
    from memberships
    inner join steps
        on
            memberships.entity_type = steps.entity_type
            and memberships.entity_id = steps.entity_id
    where steps.is_reached
),

-- What a segment gains and loses on a day.
changes as (
    {%- for relation, start, members, milestones in [
        ('memberships', 'member_from', 1, 0), ('reached', 'reached_from', 0, 1)
    ] %}
    {%- for day, sign in [(start, 1), ('member_until', -1)] %}
    select
        entity_type,
        dimension,
        value,
        {{ day }} as changed_on,
        {{ sign * members }} as members,
        {{ sign * milestones }} as milestones_reached
    from {{ relation }}
    where {{ start }} < member_until
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

daily_changes as (
    select
        entity_type,
        dimension,
        value,
        changed_on,
        sum(members) as members,
        sum(milestones_reached) as milestones_reached
    from changes
    group by entity_type, dimension, value, changed_on
),

final as (
    select
        score_dates.score_date,
        daily_changes.entity_type,
        daily_changes.dimension,
        daily_changes.value,
        cast(sum(daily_changes.members) as bigint) as entities,
        cast(sum(daily_changes.milestones_reached) as bigint) as milestones_reached
    from score_dates
    inner join daily_changes on score_dates.score_date >= daily_changes.changed_on
    group by score_dates.score_date, daily_changes.entity_type, daily_changes.dimension, daily_changes.value
)

select * from final
where entities > 0
