-- One row per score date: how engaged the whole product's users and accounts are.
-- The composite is the mean of adoption, stickiness and growth, 0-100 (docs/definitions.md).

with

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_built
),

bounds as (
    select * from {{ ref('int_run_bounds') }}
),

scores as (
    select * from {{ ref('int_entity_scores') }}
    where points > 0
),

active_windows as (
    select
        score_date,
        entity_type
    from {{ ref('int_entity_windows') }}
    where active_days > 0
),

active_days as (
    select * from {{ ref('int_active_days') }}
    where entity_type = 'account'
),

adoption as (
    select * from {{ ref('int_entity_adoption') }}
    where
        entity_type = 'account'
        and is_active
),

activity as (
    select * from {{ ref('activity') }}
    where entity_type = 'user'
),

activation_progress as (
    select * from {{ ref('int_activation_progress') }}
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

adoption_rates as (
    select
        score_date,
        {{ mean_score('adoption_rate') }} as adoption_rate
    from adoption
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

parts as (
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
        adoption_rates.adoption_rate,
        activity.stickiness_rate,
        account_flows.gained_accounts,
        account_flows.lost_accounts,
        {{ growth_rate('account_flows.gained_accounts', 'account_flows.lost_accounts') }} as growth_rate,
        activation_progress.user_activation_rate,
        activation_progress.account_activation_rate
    from score_dates
    left join active_counts on score_dates.score_date = active_counts.score_date
    left join score_totals on score_dates.score_date = score_totals.score_date
    left join adoption_rates on score_dates.score_date = adoption_rates.score_date
    left join activity on score_dates.score_date = activity.activity_date
    left join account_flows on score_dates.score_date = account_flows.score_date
    left join activation_progress on score_dates.score_date = activation_progress.score_date
),

final as (
    select
        score_date,
        version,
        active_users,
        active_accounts,
        scored_users,
        scored_accounts,
        total_engagement,
        mean_user_score,
        mean_account_score,
        adoption_rate,
        stickiness_rate,
        gained_accounts,
        lost_accounts,
        growth_rate,
        {{ composite_score(['adoption_rate', 'stickiness_rate', 'growth_rate']) }} as composite_score,
        user_activation_rate,
        account_activation_rate
    from parts
)

select * from final
