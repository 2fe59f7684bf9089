-- One row per entity, dimension and time in which it belonged to the same segment: [valid_from,
-- valid_until). Plan, status, owner and industry change over time, age and tenure follow from the
-- signup, and all else is today's.

with

entity_periods as (
    select * from {{ ref('int_entity_periods') }}
),

entities as (
    select * from {{ ref('int_entities') }}
),

-- Whole days since signup, from the first of a value to the first of the next.
ages as (
    {%- for dimension, entity_type, value, from_day, until_day in segment_ages() %}
    select
        '{{ dimension }}' as dimension,
        '{{ entity_type }}' as entity_type,
        '{{ value }}' as value,
        cast({{ from_day }} as integer) as from_day,
        cast({{ until_day }} as integer) as until_day
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

segments as (
    {%- for dimension in ['plan', 'status', 'owner', 'industry'] %}
    select
        entity_type,
        entity_id,
        '{{ dimension }}' as dimension,
        {{ dimension }} as value,
        valid_from,
        valid_until
    from entity_periods
    union all
    {%- endfor %}
    select
        entities.entity_type,
        entities.entity_id,
        ages.dimension,
        ages.value,
        coalesce({{ add_days('entities.signup_on', 'ages.from_day') }}, cast('0001-01-01' as date))
            as valid_from,
        coalesce({{ add_days('entities.signup_on', 'ages.until_day') }}, cast('9999-12-31' as date))
            as valid_until
    from entities
    inner join ages
        on
            entities.entity_type = ages.entity_type
            and (entities.signup_on is not null or ages.until_day is null)
    union all
    select
        entity_type,
        entity_id,
        'signup_month' as dimension,
        {{ date_text(period_start('month', 'signup_on')) }} as value,
        cast('0001-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_until
    from entities
    union all
    select
        entity_type,
        entity_id,
        'role' as dimension,
        role as value,
        cast('0001-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_until
    from entities
    where entity_type = 'user'
    {%- for attribute in segment_attributes() %}
    union all
    select
        entities.entity_type,
        entities.entity_id,
        '{{ attribute.column }}' as dimension,
        attributes.value,
        cast('0001-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_until
    from entities
    left join {{ ref('stg_attributes') }} as attributes
        on
            entities.entity_type = attributes.entity_type
            and entities.entity_id = attributes.entity_id
            and attributes.attribute = '{{ attribute.column }}'
    where entities.entity_type = '{{ attribute.entity_type }}'
    {%- endfor %}
),

final as (
    select
        entity_type,
        entity_id,
        dimension,
        coalesce(value, 'unknown') as value,
        valid_from,
        valid_until
    from segments
)

select * from final
-- depends_on: {{ ref('stg_attributes') }}
