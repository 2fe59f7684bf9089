-- One row per account, those that need somebody first, then by score: its profile, its priority,
-- its risk on the latest score date, what the next band takes, and its score at the publication
-- before. Read by engagement dashboard.

with

latest as (
    select max(score_date) as score_date from {{ ref('account_risk') }}
),

published_days as (
    select
        as_of,
        row_number() over (order by as_of desc) as recency
    from {{ ref('run_history') }}
    where status = 'published'
    group by as_of
),

published_before as (
    select
        scores.entity_id as account_id,
        max(scores.score_date) as published_on,
        max(scores.score) as score
    from {{ ref('published_scores') }} as scores
    inner join published_days
        on
            scores.score_date = published_days.as_of
            and published_days.recency = 2
    where scores.entity_type = 'account'
    group by scores.entity_id
)

select
    profiles.account_id,
    profiles.name,
    profiles.owner,
    profiles.plan,
    profiles.status,
    profiles.industry,
    profiles.parent_account_id,
    profiles.signup_on,
    profiles.trial_ends_on,
    profiles.renews_on,
    profiles.lost_on,
    profiles.mrr,
    profiles.seats,
    profiles.members,
    profiles.active_users,
    profiles.active_days,
    profiles.last_seen_on,
    profiles.score,
    profiles.band,
    profiles.rank,
    profiles.previous_score,
    profiles.score_change,
    profiles.trend,
    profiles.champion_user_id,
    profiles.champion_concentration,
    profiles.features_available,
    profiles.features_used,
    profiles.adoption_rate,
    profiles.milestones,
    profiles.milestones_reached,
    profiles.activation_rate,
    profiles.next_milestone,
    profiles.peers,
    profiles.peer_percentile_rank,
    profiles.normalization_group,
    priorities.priority_rank,
    priorities.open_signals,
    priorities.signals,
    priorities.top_signal,
    priorities.top_severity,
    priorities.top_sentence,
    priorities.top_user_id,
    priorities.first_opened_on,
    priorities.top_action_state,
    priorities.next_due_on,
    priorities.overdue_signals,
    risk.risk_rank,
    risk.customers,
    risk.horizon_days,
    risk.probability,
    risk.reasons,
    targets.target_band,
    targets.target_min_score,
    targets.target_status,
    targets.points_missing,
    targets.steps,
    published_before.published_on,
    published_before.score as published_score
from {{ ref('account_profiles') }} as profiles
left join {{ ref('account_priorities') }} as priorities on profiles.account_id = priorities.account_id
left join latest on true
left join {{ ref('account_risk') }} as risk
    on
        profiles.account_id = risk.account_id
        and latest.score_date = risk.score_date
left join {{ ref('score_targets') }} as targets on profiles.account_id = targets.account_id
left join published_before on profiles.account_id = published_before.account_id
order by
    coalesce(priorities.priority_rank, 1000000000),
    profiles.score desc,
    {{ in_byte_order('profiles.account_id') }}
