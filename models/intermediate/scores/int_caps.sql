-- One row per score date, version, entity type and normalization group with a population: its size,
-- the largest points, and the percentile of the points. The group 'all' is the whole population;
-- other groups exist if the version normalizes by an attribute. int_calibrations chooses the cap.

with

entity_windows as (
    select * from {{ ref('int_entity_windows') }}
    where
        points > 0
        and {{ restated('score_date', 'scores') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
),

grouped as (
    select
        score_date,
        version,
        entity_type,
        'all' as normalization_group,
        points,
        count(*) as members
    from entity_windows
    group by score_date, version, entity_type, points
    union all
    select
        score_date,
        version,
        entity_type,
        normalization_group,
        points,
        count(*) as members
    from entity_windows
    where normalization_group <> 'all'
    group by score_date, version, entity_type, normalization_group, points
),

sorted_points as (
    select
        score_date,
        version,
        entity_type,
        normalization_group,
        cast(points as {{ type_double() }}) as points,
        sum(members) over (
            partition by score_date, version, entity_type, normalization_group
            order by points
            rows between unbounded preceding and current row
        ) as members_at_or_below,
        cast(sum(members) over (
            partition by score_date, version, entity_type, normalization_group
        ) as bigint) as population
    from grouped
),

positioned as (
    select
        sorted_points.*,
        {{ quantile_position('sorted_points.population', 'score_dates.winsor_percentile') }}
            as quantile_position
    from sorted_points
    inner join score_dates
        on
            sorted_points.score_date = score_dates.score_date
            and sorted_points.version = score_dates.version
),

-- Counted from 0, the member at a position is the first with more members up to its points than that.
quantile_neighbours as (
    select
        score_date,
        version,
        entity_type,
        normalization_group,
        population,
        quantile_position,
        max(points) as largest_points,
        min(case when members_at_or_below > floor(quantile_position) then points end) as lower_points,
        min(case when members_at_or_below > ceil(quantile_position) then points end) as upper_points
    from positioned
    group by score_date, version, entity_type, normalization_group, population, quantile_position
),

final as (
    select
        score_date,
        version,
        entity_type,
        normalization_group,
        population,
        largest_points,
        {{ interpolated_quantile('quantile_position', 'lower_points', 'upper_points') }} as percentile_points
    from quantile_neighbours
)

select * from final
