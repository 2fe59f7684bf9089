-- One row per followed score date, key feature and account that either adopted the feature in the
-- window, or was active without ever having used it and matches an adopter: the same plan, age and
-- tenth of the previous score.

with

followed_dates as (
    select distinct score_date from {{ ref('int_outcome_dates') }}
),

score_dates as (
    select score_dates.*
    from {{ ref('int_score_dates') }} as score_dates
    inner join followed_dates on score_dates.score_date = followed_dates.score_date
    where
        score_dates.is_built
        and score_dates.previous_date is not null
),

scores as (
    select * from {{ ref('int_entity_scores') }}
    where
        entity_type = 'account'
        and active_days > 0
        and previous_points > 0
),

accounts as (
    select * from {{ ref('int_accounts') }}
),

account_periods as (
    select * from {{ ref('int_account_periods') }}
),

first_uses as (
    select * from {{ ref('int_first_uses') }}
    where entity_type = 'account'
),

features as (
    select distinct feature from {{ ref('int_feature_events') }}
),

active_accounts as (
    select
        score_dates.score_date,
        score_dates.previous_date,
        scores.entity_id as account_id,
        coalesce(account_periods.recorded_plan, 'unknown') as plan,
        case
            when
                {{ days_between('accounts.signup_on', 'score_dates.previous_date') }}
                < {{ var('established_after_days') }}
                then 'new'
            else 'established'
        end as age,
        scores.previous_score,
        rank() over (
            partition by score_dates.score_date order by {{ comparable_score('scores.previous_score') }}
        ) as position,
        count(*) over (partition by score_dates.score_date) as active_accounts
    from score_dates
    inner join scores on score_dates.score_date = scores.score_date
    inner join accounts on scores.entity_id = accounts.account_id
    left join account_periods
        on
            scores.entity_id = account_periods.account_id
            and score_dates.previous_date >= account_periods.valid_from
            and score_dates.previous_date < account_periods.valid_until
),

candidates as (
    select
        active_accounts.score_date,
        features.feature,
        active_accounts.account_id,
        active_accounts.plan,
        active_accounts.age,
        {{ decile('active_accounts.position', 'active_accounts.active_accounts') }} as previous_decile,
        active_accounts.previous_score,
        coalesce(first_uses.first_used_on <= active_accounts.score_date, false) as is_adopter
    from active_accounts
    cross join features
    left join first_uses
        on
            active_accounts.account_id = first_uses.entity_id
            and features.feature = first_uses.feature
    where
        first_uses.first_used_on is null
        or first_uses.first_used_on > active_accounts.previous_date
),

adopted as (
    select distinct
        score_date,
        feature,
        plan,
        age,
        previous_decile
    from candidates
    where is_adopter
),

final as (
    select candidates.*
    from candidates
    inner join adopted
        on
            candidates.score_date = adopted.score_date
            and candidates.feature = adopted.feature
            and candidates.plan = adopted.plan
            and candidates.age = adopted.age
            and candidates.previous_decile = adopted.previous_decile
)

select * from final
