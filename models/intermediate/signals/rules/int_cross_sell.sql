-- One row per score date and customer that uses the product a lot but has never used some features
-- of its plan. Features that nobody has used do not count: they may not be tracked.

with

rules as (
    select * from {{ seed('signal_rules') }}
    where
        entity_type = 'account'
        and signal = 'cross_sell'
),

features as (
    select * from {{ ref('int_key_features') }}
),

first_uses as (
    select * from {{ ref('int_first_uses') }}
    where entity_type = 'account'
),

candidates as (
    select inputs.*
    from {{ ref('int_account_signal_inputs') }} as inputs
    cross join rules
    where
        inputs.is_customer
        and inputs.score >= rules.min_score
),

unused as (
    select
        candidates.score_date,
        candidates.account_id,
        features.feature
    from candidates
    inner join features
        on
            (features.launched_on is null or candidates.score_date >= features.launched_on)
            and {{ is_in_plans('candidates.plan', 'features.plans') }}
            and candidates.score_date >= features.tracked_from
    left join first_uses
        on
            candidates.account_id = first_uses.entity_id
            and features.feature = first_uses.feature
            and candidates.score_date >= first_uses.first_used_on
    where first_uses.entity_id is null
),

named as (
    select
        score_date,
        account_id,
        count(*) as features_unused,
        {{ joined_text('feature', in_byte_order('feature')) }} as features
    from unused
    group by score_date, account_id
),

final as (
    select
        candidates.score_date,
        'account' as entity_type,
        candidates.account_id as entity_id,
        'cross_sell' as signal,
        candidates.score,
        candidates.previous_score,
        cast(named.features_unused as {{ type_double() }}) as measured_value,
        replace(named.features, '|', ', ') as evidence
    from candidates
    inner join named
        on
            candidates.score_date = named.score_date
            and candidates.account_id = named.account_id
    inner join rules on named.features_unused >= rules.min_count
)

select * from final
