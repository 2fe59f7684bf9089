-- One row per event name that occurs or that a seed names: how often it occurs, by which actors and
-- by how many, and which configuration uses it.

with

daily_totals as (
    select * from {{ ref('int_daily_totals') }}
),

totals as (
    select * from {{ ref('int_event_totals') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

weights as (
    select * from {{ seed('event_weights') }}
),

versions as (
    select * from {{ ref('int_scoring_versions') }}
),

key_features as (
    select * from {{ seed('key_features') }}
),

milestones as (
    select * from {{ seed('activation_milestones') }}
),

derived_events as (
    select * from {{ seed('derived_events') }}
),

observed as (
    select
        daily_totals.event_name,
        cast(sum(case when daily_totals.is_excluded then 0 else daily_totals.source_rows end) as bigint)
            as source_rows,
        cast(sum(case when daily_totals.is_excluded then 0 else daily_totals.events end) as bigint) as events,
        {%- for actor in ['human', 'agent', 'api'] %}
        cast(
            sum(
                case
                    when daily_totals.is_excluded then 0
                    when coalesce(daily_totals.actor, 'human') = '{{ actor }}' then daily_totals.events
                    else 0
                end
            ) as bigint
        ) as {{ actor }}_events,
        {%- endfor %}
        cast(sum(case when daily_totals.is_excluded then daily_totals.events else 0 end) as bigint)
            as excluded_events,
        min(case when not daily_totals.is_excluded then daily_totals.event_date end) as first_seen_on,
        max(case when not daily_totals.is_excluded then daily_totals.event_date end) as last_seen_on
    from daily_totals
    inner join bounds on daily_totals.event_date <= bounds.last_counted_day
    group by daily_totals.event_name
),

participants as (
    select
        event_name,
        count(distinct nullif(user_id, '')) as users,
        count(distinct account_id) as accounts
    from totals
    group by event_name
),

seeded as (
    select event_name from weights
    union distinct
    select event_name from key_features
    union distinct
    select event_name from milestones
    union distinct
    select derived_event as event_name from derived_events
),

event_names as (
    select event_name from observed
    union distinct
    select event_name from seeded
),

weights_in_force as (
    select
        weights.event_name,
        weights.weight,
        weights.daily_cap,
        weights.counts_as_active
    from weights
    inner join versions on weights.version = versions.version
    cross join bounds
    where
        bounds.as_of >= versions.valid_from
        and (versions.valid_until is null or bounds.as_of < versions.valid_until)
),

features_by_event as (
    select
        event_name,
        {{ joined_text('feature', in_byte_order('feature')) }} as features
    from key_features
    group by event_name
),

milestones_by_event as (
    select
        event_name,
        {{ joined_text(
            "entity_type || ':' || milestone", in_byte_order("entity_type || ':' || milestone")
        ) }} as milestones
    from milestones
    group by event_name
),

final as (
    select
        event_names.event_name,
        coalesce(observed.source_rows, 0) as source_rows,
        coalesce(observed.events, 0) as events,
        coalesce(observed.human_events, 0) as human_events,
        coalesce(observed.agent_events, 0) as agent_events,
        coalesce(observed.api_events, 0) as api_events,
        coalesce(observed.events - observed.human_events - observed.agent_events - observed.api_events, 0)
            as other_events,
        coalesce(participants.users, 0) as users,
        coalesce(participants.accounts, 0) as accounts,
        coalesce(observed.excluded_events, 0) as excluded_events,
        observed.first_seen_on,
        observed.last_seen_on,
        weights_in_force.weight,
        weights_in_force.daily_cap,
        coalesce(weights_in_force.counts_as_active, false) as counts_as_active,
        features_by_event.features,
        milestones_by_event.milestones,
        seeded.event_name is not null as is_seeded,
        seeded.event_name is not null and coalesce(observed.source_rows, 0) = 0 as is_missing
    from event_names
    left join observed on event_names.event_name = observed.event_name
    left join participants on event_names.event_name = participants.event_name
    left join seeded on event_names.event_name = seeded.event_name
    left join weights_in_force on event_names.event_name = weights_in_force.event_name
    left join features_by_event on event_names.event_name = features_by_event.event_name
    left join milestones_by_event on event_names.event_name = milestones_by_event.event_name
)

select * from final
