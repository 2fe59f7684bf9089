-- One row per entity type, predictor and its quartile (4 is the highest): what the half-year, 182
-- days, after the score date brought. The rows of quartile `all` have the areas under the curve.
-- Predictors see no day after the score date: only is_active, is_still_active, events_after do.

with

latest_run as (
    select * from engagement_build.run_history
    order by started_at desc
    limit 1
),

versions as (
    select * from engagement_internal.scoring_versions
),

accepted_events as (
    select * from engagement_internal.int_accepted_events
),

scores as (
    select
        score_date,
        version,
        'user' as entity_type,
        user_id as entity_id,
        score,
        active_days
    from engagement_build.user_scores
    where points > 0
    union all
    select
        score_date,
        version,
        'account' as entity_type,
        account_id as entity_id,
        score,
        active_days
    from engagement_build.account_scores
    where points > 0
),

first_sundays as (
    select distinct
        scores.score_date,
        versions.window_days
    from scores
    inner join versions on scores.version = versions.version
    cross join latest_run
    where
        scores.score_date >= date '2011-01-01'
        and scores.score_date + 182 <= latest_run.as_of
        and extract(month from scores.score_date) in (1, 7)
        and extract(day from scores.score_date) <= 7
        and isodow(scores.score_date) = 7
),

entity_days as (
    select
        event_date,
        'user' as entity_type,
        user_id as entity_id,
        sum(events) as events
    from accepted_events
    group by event_date, user_id
    union all
    select
        event_date,
        'account' as entity_type,
        account_id as entity_id,
        sum(events) as events
    from accepted_events
    where account_id is not null
    group by event_date, account_id
),

-- Whoever had an event by the score date.
entity_dates as (
    select
        first_sundays.score_date,
        entity_days.entity_type,
        entity_days.entity_id,
        sum(
            case
                when
                    entity_days.event_date > first_sundays.score_date - first_sundays.window_days
                    and entity_days.event_date <= first_sundays.score_date
                    then entity_days.events
                else 0
            end
        ) as events,
        max(
            case
                when entity_days.event_date <= first_sundays.score_date
                    then entity_days.event_date
            end
        ) as last_active_on,
        sum(
            case
                when entity_days.event_date > first_sundays.score_date
                    then entity_days.events
                else 0
            end
        ) as events_after,
        max(entity_days.event_date) > first_sundays.score_date as is_active,
        max(entity_days.event_date) > first_sundays.score_date + 91 as is_still_active
    from entity_days
    inner join first_sundays on entity_days.event_date <= first_sundays.score_date + 182
    group by
        first_sundays.score_date,
        first_sundays.window_days,
        entity_days.entity_type,
        entity_days.entity_id
    having min(entity_days.event_date) <= first_sundays.score_date
),

-- All in one type, so that they can stand in one column; the fewer days since, the higher.
predictors as (
    select
        entity_dates.*,
        cast(scores.score as decimal(18, 9)) as score,
        cast(entity_dates.events as decimal(18, 9)) as event_count,
        cast(scores.active_days as decimal(18, 9)) as active_days,
        cast(entity_dates.last_active_on - entity_dates.score_date as decimal(18, 9))
            as days_since_activity
    from entity_dates
    inner join scores
        on
            entity_dates.score_date = scores.score_date
            and entity_dates.entity_type = scores.entity_type
            and entity_dates.entity_id = scores.entity_id
),

inactive as (
    select entity_dates.*
    from entity_dates
    left join scores
        on
            entity_dates.score_date = scores.score_date
            and entity_dates.entity_type = scores.entity_type
            and entity_dates.entity_id = scores.entity_id
    where scores.entity_id is null
),

compared as (
    unpivot predictors
    on score, event_count, active_days, days_since_activity
    into name predictor value value
),

ranked as (
    select
        *,
        rank() over (partition by score_date, entity_type, predictor order by value) as rank,
        count(*) over (partition by score_date, entity_type, predictor, value) as ties,
        count(*) over (partition by score_date, entity_type, predictor) as population
    from compared
),

-- Whoever ties is in one quartile, by the share with strictly less; a middle rank counts ties half.
placed as (
    select
        *,
        1 + 4 * (rank - 1) // population as quartile,
        rank + (ties - 1) / 2 as middle_rank
    from ranked
),

rank_sums as (
    select
        score_date,
        entity_type,
        predictor,
        count(*) as population,
        count(case when is_active then 1 end) as active,
        count(case when is_still_active then 1 end) as still_active,
        sum(case when is_active then middle_rank else 0 end) as ranks_active,
        sum(case when is_still_active then middle_rank else 0 end) as ranks_still_active
    from placed
    group by score_date, entity_type, predictor
),

-- Mann-Whitney's U over the pairs of one date, added up over the dates.
areas as (
    select
        entity_type,
        predictor,
        sum(ranks_active - active * (active + 1) / 2)
        / sum(active * (population - active)) as auc_active,
        sum(ranks_still_active - still_active * (still_active + 1) / 2)
        / sum(still_active * (population - still_active)) as auc_still_active
    from rank_sums
    group by entity_type, predictor
),

grouped as (
    select
        entity_type,
        predictor,
        cast(quartile as varchar) as quartile,
        is_active,
        is_still_active,
        events_after
    from placed
    union all
    select
        entity_type,
        predictor,
        'all' as quartile,
        is_active,
        is_still_active,
        events_after
    from placed
    union all
    select
        entity_type,
        'score' as predictor,
        'inactive' as quartile,
        is_active,
        is_still_active,
        events_after
    from inactive
),

final as (
    select
        grouped.entity_type,
        grouped.predictor,
        grouped.quartile,
        count(*) as entity_dates,
        round(100 * avg(cast(grouped.is_active as integer)), 1) as percent_active,
        round(100 * avg(cast(grouped.is_still_active as integer)), 1) as percent_still_active,
        round(avg(grouped.events_after), 1) as mean_events,
        median(grouped.events_after) as median_events,
        case when grouped.quartile = 'all' then round(max(areas.auc_active), 3) end as auc_active,
        case when grouped.quartile = 'all' then round(max(areas.auc_still_active), 3) end
            as auc_still_active
    from grouped
    inner join areas
        on
            grouped.entity_type = areas.entity_type
            and grouped.predictor = areas.predictor
    group by grouped.entity_type, grouped.predictor, grouped.quartile
)

select * from final
order by entity_type desc, predictor desc, quartile asc
