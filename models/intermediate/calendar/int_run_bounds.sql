-- One row: the last day that counts (as_of), the first day with an accepted event and the first
-- score date. Without accepted events and without an as_of, these are null and nothing is scored;
-- every row then counts as excluded or rejected (last_counted_day). With them, whether the run starts
-- over: these bounds may have moved in a way that days cannot follow.

with

daily_totals as (
    select * from {{ ref('int_daily_totals') }}
    where not is_excluded
),

run as (
    select * from {{ ref('int_run') }}
),

observed as (
    select
        min(event_date) as first_day,
        max(event_date) as last_day
    from daily_totals
),

decided as (
    select
        first_day,
        coalesce(
            {{ as_of_setting() }},
            case when first_day = last_day then last_day else {{ add_days('last_day', -1) }} end
        ) as as_of
    from observed
),

bounded as (
    select
        as_of,
        coalesce(as_of, cast('9999-12-31' as date)) as last_counted_day,
        case when first_day <= as_of then first_day end as first_event_date,
        case
            when first_day <= as_of then coalesce({{ var_date('first_score_date') }}, first_day)
        end as first_score_date
    from decided
),

reasoned as (
    select
        bounded.*,
        run.previous_as_of,
        case
            when run.starts_over then run.reason
            when not coalesce(bounded.as_of >= run.previous_as_of, false)
                then 'the last day that counts lies before that of the last run'
            when not coalesce(bounded.first_event_date = run.previous_first_day, false)
                then 'the history begins on another day'
        end as reason
    from bounded
    cross join run
),

final as (
    select
        as_of,
        last_counted_day,
        first_event_date,
        first_score_date,
        case when reason is null then previous_as_of end as previous_as_of,
        reason is not null as starts_over,
        reason
    from reasoned
)

select * from final
