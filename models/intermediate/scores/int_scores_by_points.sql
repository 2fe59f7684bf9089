-- One row per score date, entity type, normalization group and number of points: the engagement
-- score, 1-100, with its rank and band. All entities with the same points share it. Points are
-- winsorized at the cap of the day, then spread over the scale (docs/engagement-score.md).

with

entity_windows as (
    select entity_windows.*
    from {{ ref('int_entity_windows') }} as entity_windows
    inner join {{ ref('int_score_dates') }} as score_dates
        on
            entity_windows.score_date = score_dates.score_date
            and entity_windows.version = score_dates.version
            and score_dates.is_in_force
    where
        entity_windows.points > 0
        and {{ restated('entity_windows.score_date', 'scores') }}
),

calibrations as (
    select * from {{ ref('int_calibrations') }}
),

score_bands as (
    select
        band,
        min_score,
        lead(min_score) over (order by min_score) as next_min_score
    from {{ seed('score_bands') }}
),

equal_points as (
    select
        score_date,
        version,
        entity_type,
        normalization_group,
        points,
        count(*) as members
    from entity_windows
    group by score_date, version, entity_type, normalization_group, points
),

counted as (
    select
        *,
        sum(members) over (
            partition by score_date, entity_type
            order by points desc, normalization_group asc
            rows between unbounded preceding and current row
        ) as running_members
    from equal_points
),

ranked as (
    select
        *,
        sum(members) over (partition by score_date, entity_type, points) as tied_members,
        max(running_members) over (partition by score_date, entity_type, points) as members_at_or_above,
        sum(members) over (partition by score_date, entity_type) as population
    from counted
),

winsorized as (
    select
        ranked.*,
        {{ winsorize('ranked.points', 'calibrations.cap') }} as winsorized_points,
        calibrations.cap,
        calibrations.curvature
    from ranked
    inner join calibrations
        on
            ranked.score_date = calibrations.score_date
            and ranked.version = calibrations.version
            and ranked.entity_type = calibrations.entity_type
            and ranked.normalization_group = calibrations.normalization_group
),

scored as (
    select
        *,
        winsorized_points / cap as winsorized_share,
        {{ exponential_scale('(winsorized_points / cap)', 'curvature') }} as score
    from winsorized
),

final as (
    select
        scored.score_date,
        scored.version,
        scored.entity_type,
        scored.normalization_group,
        scored.points,
        scored.winsorized_points,
        scored.winsorized_share,
        scored.score,
        cast(scored.members_at_or_above - scored.tied_members + 1 as bigint) as rank,
        {{ rate('(scored.population - scored.members_at_or_above)', 'scored.population') }}
            as percentile_rank,
        score_bands.band
    from scored
    inner join score_bands
        on
            {{ comparable_score('scored.score') }} >= score_bands.min_score
            and (
                score_bands.next_min_score is null
                or {{ comparable_score('scored.score') }} < score_bands.next_min_score
            )
)

select * from final
