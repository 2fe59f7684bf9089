-- One row per entity with an attribute that differs from the last run, and the first day on which a
-- window can hold activity to which that attribute applies. Empty if the run starts over.

{% set last_periods = built_relation('int_previous_entity_periods') or ref('int_entity_periods') -%}

with

entity_periods as (
    select * from {{ ref('int_entity_periods') }}
),

last_periods as (
    select * from {{ last_periods }}
),

totals as (
    select * from {{ ref('int_event_totals') }}
),

changed_periods as (
    select
        coalesce(entity_periods.entity_type, last_periods.entity_type) as entity_type,
        coalesce(entity_periods.entity_id, last_periods.entity_id) as entity_id,
        coalesce(entity_periods.valid_from, last_periods.valid_from) as changed_from
    from entity_periods
    full outer join last_periods
        on
            entity_periods.entity_type = last_periods.entity_type
            and entity_periods.entity_id = last_periods.entity_id
            and entity_periods.valid_from = last_periods.valid_from
    where
        not coalesce(entity_periods.entity_id = last_periods.entity_id, false)
        {%- for attribute in ['plan', 'status', 'owner', 'industry', 'role', 'attributes'] %}
        or coalesce(entity_periods.{{ attribute }}, '') <> coalesce(last_periods.{{ attribute }}, '')
        {%- endfor %}
        or coalesce(entity_periods.signup_on, cast('0001-01-01' as date))
        <> coalesce(last_periods.signup_on, cast('0001-01-01' as date))
),

longest_window as (
    select max(window_days) as window_days
    from {{ seed('scoring_versions') }}
),

active_times as (
    {%- for entity_type in ['user', 'account'] %}
    select
        '{{ entity_type }}' as entity_type,
        {{ entity_type }}_id as entity_id,
        min(first_on) as first_on,
        max(last_on) as last_on
    from totals
    where {{ entity_type }}_id is not null
    group by {{ entity_type }}_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        changed_periods.entity_type,
        changed_periods.entity_id,
        min(greatest(changed_periods.changed_from, active_times.first_on)) as restated_from
    from changed_periods
    inner join active_times
        on
            changed_periods.entity_type = active_times.entity_type
            and changed_periods.entity_id = active_times.entity_id
    cross join longest_window
    where
        changed_periods.changed_from < {{ add_days('active_times.last_on', 'longest_window.window_days') }}
        {%- if starts_over() %}
        and 1 = 0
        {%- endif %}
    group by changed_periods.entity_type, changed_periods.entity_id
)

select * from final
-- depends_on: {{ ref('int_restatement') }}
