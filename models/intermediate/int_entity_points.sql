-- One row per score date and entity with points: the points of the window, and the normalization
-- group.

with

member_points as (
    select * from {{ ref('int_member_points') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
),

entity_periods as (
    select * from {{ ref('int_entity_periods') }}
),

entity_points as (
    select
        score_date,
        version,
        entity_type,
        entity_id,
        cast(sum(points) as decimal(38, 12)) as points,
        cast(sum(scored_events) as bigint) as scored_events
    from member_points
    group by score_date, version, entity_type, entity_id
    having sum(points) > 0
),

final as (
    select
        entity_points.score_date,
        entity_points.version,
        entity_points.entity_type,
        entity_points.entity_id,
        case
            when score_dates.normalize_by is null then 'all'
            else coalesce(
                case score_dates.normalize_by
                    when 'plan' then entity_periods.plan
                    when 'status' then entity_periods.status
                    when 'owner' then entity_periods.owner
                    when 'industry' then entity_periods.industry
                end,
                'unknown'
            )
        end as normalization_group,
        entity_points.points,
        entity_points.scored_events
    from entity_points
    inner join score_dates
        on
            entity_points.score_date = score_dates.score_date
            and entity_points.version = score_dates.version
    left join entity_periods
        on
            score_dates.normalize_by is not null
            and entity_points.entity_type = entity_periods.entity_type
            and entity_points.entity_id = entity_periods.entity_id
            and entity_points.score_date >= entity_periods.valid_from
            and entity_points.score_date < entity_periods.valid_until
)

select * from final
