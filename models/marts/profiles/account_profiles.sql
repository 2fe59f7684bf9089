-- One row per account, including inactive ones: everything about the account as of the last
-- complete day.
{{ config(indexes=indexes_on(['account_id'])) }}

with

accounts as (
    select * from {{ ref('int_accounts') }}
),

account_periods as (
    select * from {{ ref('int_account_periods') }}
),

account_usage as (
    select * from {{ ref('int_account_usage') }}
),

member_counts as (
    select * from {{ ref('int_member_counts') }}
),

monthly_revenue as (
    select * from {{ ref('int_monthly_revenue') }}
),

account_losses as (
    select * from {{ ref('int_account_losses') }}
),

agent_shares as (
    select * from {{ ref('int_agent_shares') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
    where is_in_force
),

scores as (
    select * from {{ ref('int_entity_scores') }}
    where entity_type = 'account'
),

adoption as (
    select * from {{ ref('int_current_adoption') }}
    where entity_type = 'account'
),

activation as (
    select * from {{ ref('account_activation') }}
),

ancestors as (
    select * from {{ ref('int_account_ancestors') }}
),

group_users as (
    select * from {{ ref('int_group_users') }}
),

latest_revenue as (
    select
        monthly_revenue.account_id,
        monthly_revenue.mrr,
        row_number() over (
            partition by monthly_revenue.account_id order by monthly_revenue.month desc
        ) as recency
    from monthly_revenue
    inner join bounds
        on
            monthly_revenue.month
            >= {{ period_start('month', add_days(period_start('month', 'bounds.as_of'), -1)) }}
),

profiles as (
    select
        accounts.account_id,
        accounts.parent_account_id,
        accounts.name,
        accounts.created_at,
        accounts.signup_on,
        coalesce(account_periods.plan, accounts.plan) as plan,
        coalesce(account_periods.status, accounts.status) as status,
        accounts.trial_ends_on,
        accounts.renews_on,
        account_losses.lost_on,
        account_losses.ended_as_agreed,
        accounts.industry,
        coalesce(account_periods.owner, accounts.owner) as owner,
        accounts.seats,
        accounts.is_inferred,
        latest_revenue.mrr,
        accounts.first_seen_on,
        accounts.last_seen_on,
        {{ days_between('accounts.last_seen_on', 'bounds.as_of') }} as days_since_last_seen,
        accounts.events,
        bounds.as_of,
        coalesce(scores.score, 0) as score,
        coalesce(scores.band, 'inactive') as band,
        scores.rank,
        scores.percentile_rank,
        case
            when score_dates.version is not null
                then {{ normalization_group('score_dates.normalize_by', 'account_periods') }}
        end as normalization_group,
        coalesce(scores.points, {{ as_decimal(0, 38, 12) }}) as points,
        scores.previous_score,
        scores.score_change,
        scores.trend,
        coalesce(scores.active_days, 0) as active_days,
        coalesce(account_usage.active_users, 0) as active_users,
        coalesce(member_counts.members, 0) as members,
        {{ rate('coalesce(account_usage.active_users, 0)', 'member_counts.members') }} as coverage,
        {{ rate('coalesce(account_usage.active_users, 0)', 'accounts.seats') }} as seat_utilization,
        case when scores.entity_id is not null then account_usage.mean_user_score end as mean_user_score,
        account_usage.champion_user_id,
        account_usage.champion_concentration,
        agent_shares.agent_share,
        adoption.features_available,
        adoption.features_used,
        adoption.adoption_rate,
        adoption.features_used_all_time,
        adoption.adoption_rate_all_time,
        activation.milestones,
        activation.milestones_reached,
        activation.activation_rate,
        activation.mean_user_activation_rate,
        activation.missing_milestones,
        activation.next_milestone
    from accounts
    cross join bounds
    left join score_dates on bounds.as_of = score_dates.score_date
    left join scores
        on
            accounts.account_id = scores.entity_id
            and bounds.as_of = scores.score_date
    left join adoption on accounts.account_id = adoption.entity_id
    left join activation on accounts.account_id = activation.account_id
    left join account_periods
        on
            accounts.account_id = account_periods.account_id
            and bounds.as_of >= account_periods.valid_from
            and bounds.as_of < account_periods.valid_until
    left join account_usage
        on
            accounts.account_id = account_usage.account_id
            and bounds.as_of = account_usage.score_date
    left join member_counts
        on
            accounts.account_id = member_counts.account_id
            and bounds.as_of >= member_counts.counted_from
            and bounds.as_of < member_counts.counted_until
    left join latest_revenue
        on
            accounts.account_id = latest_revenue.account_id
            and latest_revenue.recency = 1
    left join agent_shares on accounts.account_id = agent_shares.account_id
    left join account_losses on accounts.account_id = account_losses.account_id
),

compared as (
    select
        account_id,
        count(*) over (partition by plan) as peers,
        rank() over (partition by plan order by points) - 1 as lower_peers
    from profiles
    where lost_on is null
),

children as (
    select
        ancestors.ancestor_id,
        profiles.account_id,
        profiles.mrr,
        profiles.score,
        profiles.lost_on is null as has_stayed,
        profiles.lost_on is null and coalesce(profiles.trend = 'cooling', false) as is_cooling,
        row_number() over (
            partition by ancestors.ancestor_id, profiles.lost_on is null
            order by
                {{ comparable_score('profiles.score') }} asc,
                {{ in_byte_order('profiles.account_id') }} asc
        ) as place
    from ancestors
    inner join profiles on ancestors.account_id = profiles.account_id
),

rolled_up as (
    select
        ancestor_id,
        count(*) as child_accounts,
        cast(sum({{ as_decimal('mrr', 38, 9) }}) as {{ type_double() }}) as mrr,
        cast(sum(case when is_cooling then 1 else 0 end) as bigint) as cooling_child_accounts,
        max(case when has_stayed and place = 1 then account_id end) as lowest_child_account_id,
        max(case when has_stayed and place = 1 then score end) as lowest_child_score
    from children
    group by ancestor_id
),

final as (
    select
        profiles.*,
        compared.peers,
        case when compared.peers >= 2 then {{ rate('compared.lower_peers', 'compared.peers') }} end
            as peer_percentile_rank,
        coalesce(rolled_up.child_accounts, 0) as child_accounts,
        coalesce(group_users.members, profiles.members) as rolled_up_members,
        coalesce(group_users.active_users, profiles.active_users) as rolled_up_active_users,
        coalesce(profiles.mrr + rolled_up.mrr, profiles.mrr, rolled_up.mrr) as rolled_up_mrr,
        coalesce(rolled_up.cooling_child_accounts, 0) as cooling_child_accounts,
        rolled_up.lowest_child_account_id,
        rolled_up.lowest_child_score
    from profiles
    left join compared on profiles.account_id = compared.account_id
    left join rolled_up on profiles.account_id = rolled_up.ancestor_id
    left join group_users on profiles.account_id = group_users.account_id
)

select * from final
