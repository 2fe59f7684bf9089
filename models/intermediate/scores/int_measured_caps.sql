-- One row per score date, entity type and normalization group with a population: how many there are, their
-- largest points, and the percentile of their points. 'all' is the whole population; other groups exist
-- where the version normalizes by an attribute.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='score_date',
    meta={'replaced': 'int_stale_windows'},
) }}

with

entity_windows as (
    select entity_windows.*
    from {{ ref('int_entity_windows') }} as entity_windows
    inner join {{ ref('int_stale_windows') }} as stale_windows
        on entity_windows.score_date = stale_windows.score_date
    where entity_windows.points > 0
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
),

members as (
    select
        score_date,
        version,
        entity_type,
        'all' as normalization_group,
        cast(points as {{ type_double() }}) as points
    from entity_windows
    union all
    select
        score_date,
        version,
        entity_type,
        normalization_group,
        cast(points as {{ type_double() }}) as points
    from entity_windows
    where normalization_group <> 'all'
),

sorted_members as (
    select
        *,
        row_number() over (
            partition by score_date, version, entity_type, normalization_group
            order by points
        ) - 1 as position,
        count(*) over (
            partition by score_date, version, entity_type, normalization_group
        ) as population
    from members
),

positioned as (
    select
        sorted_members.*,
        {{ quantile_position('sorted_members.population', 'score_dates.winsor_percentile') }}
            as quantile_position
    from sorted_members
    inner join score_dates
        on
            sorted_members.score_date = score_dates.score_date
            and sorted_members.version = score_dates.version
),

quantile_neighbours as (
    select
        score_date,
        version,
        entity_type,
        normalization_group,
        population,
        quantile_position,
        max(points) as largest_points,
        max(case when position = floor(quantile_position) then points end) as lower_points,
        max(case when position = ceiling(quantile_position) then points end) as upper_points
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
