-- One row per score date: how engaged the users and accounts of the whole product are. The
-- composite is the mean of adoption, stickiness and growth, 0-100 (docs/definitions.md), if anybody
-- was active.

with

score_totals as (
    select * from {{ ref('int_score_totals') }}
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

adoption_rates as (
    select
        score_date,
        {{ mean_rate('adoption_rate') }} as adoption_rate
    from adoption
    group by score_date
),

parts as (
    select
        score_totals.*,
        adoption_rates.adoption_rate,
        activity.stickiness_rate,
        {{ growth_rate('score_totals.gained_accounts', 'score_totals.lost_accounts') }} as growth_rate,
        activation_progress.user_activation_rate,
        activation_progress.account_activation_rate
    from score_totals
    left join adoption_rates on score_totals.score_date = adoption_rates.score_date
    left join activity on score_totals.score_date = activity.activity_date
    left join activation_progress on score_totals.score_date = activation_progress.score_date
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
        case
            when active_users > 0
                then {{ composite_score(['adoption_rate', 'stickiness_rate', 'growth_rate']) }}
        end as composite_score,
        user_activation_rate,
        account_activation_rate
    from parts
)

select * from final
