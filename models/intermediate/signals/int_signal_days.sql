-- One row per score date, entity and signal whose rule holds, those of the project that installs this
-- one included (var signal_models). A rule that names a fact holds only while the latest value of the
-- fact lies within its limits. A risk is held back where the points have fallen, and those of events
-- without a tracking incident have not (docs/definitions.md).

{{ config(pre_hook="{{ join_by_hashing() }}") }}
{% set rules = [
    'int_at_risk', 'int_gone_inactive', 'int_renewal_at_risk', 'int_onboarding_stuck', 'int_cooling',
    'int_depends_on_one_champion', 'int_account_needs_training', 'int_ready_to_expand', 'int_trial_ready',
    'int_cross_sell', 'int_advocate', 'int_champion_gone_quiet', 'int_declining', 'int_user_needs_training',
    'int_growing', 'int_power_user',
] -%}
{#- Risks that rest on no fall of points. -#}
{% set of_no_fall = "'onboarding_stuck', 'needs_training', 'depends_on_one_champion'" -%}

with

held as (
    {%- for rule in rules %}
    select * from {{ ref(rule) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- for rule in var('signal_models').values() | unique %}
    {{ refuse_incomplete_rule(ref(project_name, rule)) -}}
    union all
    select
        score_date,
        entity_type,
        entity_id,
        signal,
        score,
        previous_score,
        measured_value,
        evidence
    from {{ ref(project_name, rule) }}
    {%- endfor %}
),

rules as (
    select * from {{ seed('signal_rules') }}
    where is_enabled
),

-- Of several values of one day the largest.
daily_facts as (
    select
        account_id,
        name,
        measured_on,
        max(value) as value
    from {{ ref('stg_account_facts') }}
    where
        measured_on is not null
        and value is not null
    group by account_id, name, measured_on
),

account_facts as (
    select
        account_id,
        name,
        value,
        measured_on as measured_from,
        coalesce(
            lead(measured_on) over (partition by account_id, name order by measured_on),
            cast('9999-12-31' as date)
        ) as measured_until
    from daily_facts
),

instrumentation as (
    select
        score_date,
        entity_type,
        entity_id,
        sum(points) as points,
        sum(previous_points) as previous_points
    from {{ ref('int_instrumentation') }}
    group by score_date, entity_type, entity_id
),

-- The share of its points that an entity has kept, and the same of the other events; null without any.
kept_points as (
    select
        instrumentation.score_date,
        instrumentation.entity_type,
        instrumentation.entity_id,
        {{ comparable_score(rate('scores.points', 'scores.previous_points')) }} as kept_rate,
        {{ comparable_score(rate(
            '(scores.points - instrumentation.points)',
            '(scores.previous_points - instrumentation.previous_points)'
        )) }} as kept_rate_of_others
    from instrumentation
    inner join {{ ref('int_entity_scores') }} as scores
        on
            instrumentation.score_date = scores.score_date
            and instrumentation.entity_type = scores.entity_type
            and instrumentation.entity_id = scores.entity_id
),

final as (
    select
        held.score_date,
        held.entity_type,
        held.entity_id,
        held.signal,
        held.score,
        held.previous_score,
        held.measured_value,
        held.evidence,
        account_facts.value as fact_value,
        coalesce(
            rules.kind = 'risk'
            and held.signal not in ({{ of_no_fall }})
            and kept_points.kept_rate <= 1 - coalesce(rules.min_fall, 0.5)
            and coalesce(kept_points.kept_rate_of_others > 1 - coalesce(rules.min_fall, 0.5), true),
            false
        ) as is_held_back
    from held
    inner join rules
        on
            held.entity_type = rules.entity_type
            and held.signal = rules.signal
    left join account_facts
        on
            held.entity_type = 'account'
            and rules.fact = account_facts.name
            and held.entity_id = account_facts.account_id
            and held.score_date >= account_facts.measured_from
            and held.score_date < account_facts.measured_until
    left join kept_points
        on
            held.score_date = kept_points.score_date
            and held.entity_type = kept_points.entity_type
            and held.entity_id = kept_points.entity_id
    where
        (rules.min_fact is null or account_facts.value >= rules.min_fact)
        and (rules.max_fact is null or account_facts.value <= rules.max_fact)
)

select * from final
