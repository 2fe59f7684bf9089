-- One row per built score date: how many entities were active and scored, the sum and means of
-- their scores, and how many accounts were gained and lost since the window before.

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where
        is_built
        and {{ restated('score_date', 'scores') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

active_windows as (
    select
        entity_windows.score_date,
        entity_windows.entity_type
    from {{ ref('int_entity_windows') }} as entity_windows
    inner join score_dates
        on
            entity_windows.score_date = score_dates.score_date
            and entity_windows.version = score_dates.version
    where entity_windows.active_days > 0
),

scores as (
    select scores.*
    from {{ ref('int_entity_scores') }} as scores
    inner join score_dates on scores.score_date = score_dates.score_date
    where scores.points > 0
),

active_days as (
    select
        event_date,
        entity_id
    from {{ ref('int_active_days') }}
    where entity_type = 'account'
),

active_counts as (
    select
        score_date,
        count(case when entity_type = 'user' then 1 end) as active_users,
        count(case when entity_type = 'account' then 1 end) as active_accounts
    from active_windows
    group by score_date
),

score_totals as (
    select
        score_date,
        count(case when entity_type = 'user' then 1 end) as scored_users,
        count(case when entity_type = 'account' then 1 end) as scored_accounts,
        cast(
            sum(case when entity_type = 'user' then {{ comparable_score('score') }} end)
            as {{ type_double() }}
        ) as total_engagement,
        {{ mean_score("case when entity_type = 'user' then score end") }} as mean_user_score,
        {{ mean_score("case when entity_type = 'account' then score end") }} as mean_account_score
    from scores
    group by score_date
),

account_windows as (
    select
        score_dates.score_date,
        active_days.entity_id as account_id,
        max(case
            when active_days.event_date > {{ add_days('score_dates.score_date', '-score_dates.window_days') }}
                then 1
            else 0
        end) as is_active,
        max(case
            when active_days.event_date > {{ add_days('score_dates.score_date', '-score_dates.window_days') }}
                then 0
            else 1
        end) as was_active
    from score_dates
    inner join active_days
        on
            {{ add_days('score_dates.score_date', '-2 * score_dates.window_days') }} < active_days.event_date
            and score_dates.score_date >= active_days.event_date
    group by score_dates.score_date, active_days.entity_id
),

account_flows as (
    select
        score_dates.score_date,
        count(case when account_windows.is_active = 1 and account_windows.was_active = 0 then 1 end)
            as gained_accounts,
        count(case when account_windows.is_active = 0 and account_windows.was_active = 1 then 1 end)
            as lost_accounts
    from score_dates
    cross join bounds
    left join account_windows on score_dates.score_date = account_windows.score_date
    where {{ add_days('score_dates.score_date', '-score_dates.window_days') }} >= bounds.first_event_date
    group by score_dates.score_date
),

final as (
    select
        score_dates.score_date,
        score_dates.version,
        coalesce(active_counts.active_users, 0) as active_users,
        coalesce(active_counts.active_accounts, 0) as active_accounts,
        coalesce(score_totals.scored_users, 0) as scored_users,
        coalesce(score_totals.scored_accounts, 0) as scored_accounts,
        coalesce(score_totals.total_engagement, 0) as total_engagement,
        score_totals.mean_user_score,
        score_totals.mean_account_score,
        account_flows.gained_accounts,
        account_flows.lost_accounts
    from score_dates
    left join active_counts on score_dates.score_date = active_counts.score_date
    left join score_totals on score_dates.score_date = score_totals.score_date
    left join account_flows on score_dates.score_date = account_flows.score_date
)

select * from final
